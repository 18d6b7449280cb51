/* A Node.js addon as a bundler's is: threads of its own that work on an allocator of its
 * own, and memory that V8 holds and gives back from whatever thread collects it. See
 * cases.js. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ebb.h"
#include "napi.h"

enum { THREADS = 4, KEPT = 2000 };

static uint64_t next_random(uint64_t *state) {
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

static void fail(void) {
    abort();
}

/* Parse-like: many small blocks, some that grow, most of them short-lived. */
static void *work(void *argument) {
    uint64_t random = 88172645463325252u + (uintptr_t)argument;
    unsigned char *kept[KEPT] = {NULL};
    size_t sizes[KEPT] = {0};
    for (int i = 0; i < 200000; i++) {
        size_t at = next_random(&random) % KEPT;
        size_t size = 8 + next_random(&random) % (i % 50 == 0 ? 40000 : 400);
        if (kept[at] != NULL && kept[at][0] != (unsigned char)at)
            fail();
        if (i % 7 == 0) {
            kept[at] = ebb_realloc(kept[at], size);
        } else {
            ebb_free_size(kept[at], sizes[at]);
            kept[at] = ebb_malloc(size);
        }
        if (kept[at] == NULL)
            fail();
        memset(kept[at], (int)at, size);
        sizes[at] = size;
    }
    for (int i = 0; i < KEPT; i++)
        ebb_free_size(kept[i], sizes[i]);
    return NULL;
}

/* work(rounds): so many times, on four threads; blocks the caller. */
static napi_value call_work(napi_env env, napi_callback_info info) {
    napi_value argument;
    size_t count = 1;
    uint32_t rounds = 1;
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    napi_get_value_uint32(env, argument, &rounds);
    for (uint32_t round = 0; round < rounds; round++) {
        pthread_t threads[THREADS];
        for (uintptr_t i = 0; i < THREADS; i++)
            if (pthread_create(&threads[i], NULL, work, (void *)(i + 10 * round)) != 0)
                fail();
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    return NULL;
}

static void *work_for_ever(void *argument) {
    for (;;)
        work(argument);
    return NULL;
}

/* start(): a thread that nobody waits for, which is at it whenever the process ends. */
static napi_value call_start(napi_env env, napi_callback_info info) {
    pthread_t thread;
    (void)env;
    (void)info;
    if (pthread_create(&thread, NULL, work_for_ever, NULL) == 0)
        pthread_detach(thread);
    return NULL;
}

static void release(napi_env env, void *data, void *hint) {
    (void)env;
    (void)hint;
    ebb_free(data);
}

/* buffer(size): memory of ours that V8 holds. */
static napi_value call_buffer(napi_env env, napi_callback_info info) {
    napi_value argument, buffer = NULL;
    size_t count = 1;
    uint32_t size = 0;
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    napi_get_value_uint32(env, argument, &size);
    void *block = ebb_zalloc(size);
    if (block == NULL)
        fail();
    if (napi_create_external_buffer(env, size, block, release, NULL, &buffer) != 0)
        fail();
    return buffer;
}

/* stats(): ebb's account, as text. */
static napi_value call_stats(napi_env env, napi_callback_info info) {
    static _Thread_local char text[32768];
    napi_value value = NULL;
    (void)info;
    size_t length = ebb_stats(text, sizeof text);
    napi_create_string_utf8(env, text, length, &value);
    return value;
}

__attribute__((visibility("default"))) napi_value
napi_register_module_v1(napi_env env, napi_value exports);

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
    static const struct {
        const char *name;
        napi_callback call;
    } functions[] = {{"work", call_work},
                     {"start", call_start},
                     {"buffer", call_buffer},
                     {"stats", call_stats}};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        napi_value function;
        napi_create_function(env, functions[i].name, strlen(functions[i].name),
                             functions[i].call, NULL, &function);
        napi_set_named_property(env, exports, functions[i].name, function);
    }
    return exports;
}
