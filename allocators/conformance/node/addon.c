/* A Node.js addon like a bundler's: its own threads work on its own allocator. V8 holds
 * some of its memory, and gives it back on the thread that collects it. See cases.js. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "napi.h"
#include "served.h"

enum { THREADS = 3, KEPT = 2000 };

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

static void release_sized(void *block, size_t size) {
    if (block != NULL)
        ALLOC_FREE_SIZE(block, size, 16);
}

/* Work like a parser's: many small blocks, most of them short-lived; some grow. */
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
            kept[at] = ALLOC_REALLOC_ALIGNED(kept[at], size, 16);
        } else {
            release_sized(kept[at], sizes[at]);
            kept[at] = ALLOC_ALIGNED(size, 16);
        }
        if (kept[at] == NULL)
            fail();
        memset(kept[at], (int)at, size);
        sizes[at] = size;
    }
    for (int i = 0; i < KEPT; i++)
        release_sized(kept[i], sizes[i]);
    return NULL;
}

/* work(rounds): does the work so many times, on three threads and on the caller's, which
 * waits for them. */
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
        work((void *)(uintptr_t)(9 + 10 * round));
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

/* start(): starts a thread that nobody waits for. It is at work when the process ends. */
static napi_value call_start(napi_env env, napi_callback_info info) {
    pthread_t thread;
    (void)env;
    (void)info;
    if (pthread_create(&thread, NULL, work_for_ever, NULL) == 0)
        pthread_detach(thread);
    return NULL;
}

/* pool(): does the work on one of libuv's threads, which live until the process ends. */
static void execute(napi_env env, void *data) {
    (void)env;
    (void)data;
    work((void *)7);
}

static void complete(napi_env env, napi_status status, void *data) {
    napi_async_work *piece = data;
    (void)status;
    napi_delete_async_work(env, *piece);
    free(piece);
}

static napi_value call_pool(napi_env env, napi_callback_info info) {
    napi_value name;
    (void)info;
    napi_async_work *piece = malloc(sizeof *piece); /* from the program's malloc */
    if (piece == NULL || napi_create_string_utf8(env, "pool", 4, &name) != 0 ||
        napi_create_async_work(env, NULL, name, execute, complete, piece, piece) != 0 ||
        napi_queue_async_work(env, *piece) != 0)
        fail();
    return NULL;
}

/* ---- memory that V8 holds ---------------------------------------------------------- */

static atomic_uint made, released;

static void free_one(void *block, size_t size) {
    const unsigned char *bytes = block;
    if (bytes[0] != (unsigned char)size || bytes[size - 1] != (unsigned char)size)
        fail();
    ALLOC_FREE(block);
    atomic_fetch_add(&released, 1);
}

static void release(napi_env env, void *data, void *hint) {
    (void)env;
    free_one(data, (size_t)hint);
}

/* Blocks that finalizers have handed over to a thread that only frees. `some` is
 * signalled when `count` changes. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct {
        void *block;
        size_t size;
    } blocks[256];
    size_t count;
    int started;
} handed = {.lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER};

static void *release_handed(void *argument) {
    pthread_mutex_lock(&handed.lock);
    for (;;) {
        while (handed.count == 0)
            pthread_cond_wait(&handed.some, &handed.lock);
        handed.count--;
        free_one(handed.blocks[handed.count].block, handed.blocks[handed.count].size);
        pthread_cond_broadcast(&handed.some);
    }
    return argument;
}

static void hand_over(napi_env env, void *data, void *hint) {
    enum { MOST = sizeof handed.blocks / sizeof handed.blocks[0] };
    (void)env;
    pthread_mutex_lock(&handed.lock);
    if (!handed.started) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, release_handed, NULL) != 0)
            fail();
        pthread_detach(thread);
        handed.started = 1;
    }
    while (handed.count == MOST)
        pthread_cond_wait(&handed.some, &handed.lock);
    handed.blocks[handed.count].block = data;
    handed.blocks[handed.count++].size = (size_t)hint;
    pthread_cond_broadcast(&handed.some);
    pthread_mutex_unlock(&handed.lock);
}

static napi_value make_buffer(napi_env env, napi_callback_info info,
                              napi_finalize finalize) {
    napi_value argument, buffer = NULL;
    size_t count = 1;
    uint32_t size = 0;
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    napi_get_value_uint32(env, argument, &size);
    unsigned char *block = ALLOC_CALLOC(1, size);
    if (block == NULL || block[0] != 0 || block[size - 1] != 0)
        fail();
    memset(block, (int)size, size);
    atomic_fetch_add(&made, 1);
    if (napi_create_external_buffer(env, size, block, finalize, (void *)(size_t)size,
                                    &buffer) != 0)
        fail();
    return buffer;
}

/* buffer(size): a block of the addon's allocator that V8 holds. */
static napi_value call_buffer(napi_env env, napi_callback_info info) {
    return make_buffer(env, info, release);
}

/* handed(size): the same, but its finalizer makes another thread free it. */
static napi_value call_handed(napi_env env, napi_callback_info info) {
    return make_buffer(env, info, hand_over);
}

/* held(): how many of these blocks are not freed yet. */
static napi_value call_held(napi_env env, napi_callback_info info) {
    napi_value value = NULL;
    (void)info;
    napi_create_uint32(env, atomic_load(&made) - atomic_load(&released), &value);
    return value;
}

/* ---- accounts ---------------------------------------------------------------------- */

static napi_value as_text(napi_env env, const char *text, size_t length) {
    napi_value value = NULL;
    napi_create_string_utf8(env, text, length, &value);
    return value;
}

/* served(): an empty text, or what is wrong. */
static napi_value call_served(napi_env env, napi_callback_info info) {
    const char *wrong = served();
    (void)info;
    return as_text(env, wrong ? wrong : "", wrong ? strlen(wrong) : 0);
}

/* stats(): ebb's account; an empty text for other allocators. */
static napi_value call_stats(napi_env env, napi_callback_info info) {
    static _Thread_local char text[32768];
    size_t length = 0;
    (void)info;
#ifdef ALLOC_STATS
    length = ALLOC_STATS(text, sizeof text);
#endif
    return as_text(env, text, length);
}

__attribute__((visibility("default"))) napi_value
napi_register_module_v1(napi_env env, napi_value exports);

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
    static const struct {
        const char *name;
        napi_callback call;
    } functions[] = {{"work", call_work},     {"start", call_start},
                     {"pool", call_pool},     {"buffer", call_buffer},
                     {"handed", call_handed}, {"held", call_held},
                     {"served", call_served}, {"stats", call_stats}};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        napi_value function;
        napi_create_function(env, functions[i].name, strlen(functions[i].name),
                             functions[i].call, NULL, &function);
        napi_set_named_property(env, exports, functions[i].name, function);
    }
    return exports;
}
