/* Threads: remote frees, producers and consumers, churn of threads, storms of exits,
 * allocation in destructors of thread-specific data. Contents are checked throughout. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"

enum { PAIRS = 3, HANDED = 60000, RING = 512 };

static void *filled(size_t size, unsigned char value) {
    unsigned char *block = T(malloc)(size + sizeof size);
    CHECK(block != NULL);
    memcpy(block, &size, sizeof size);
    memset(block + sizeof size, value, size);
    return block;
}

static void check_and_free(void *memory, unsigned char value) {
    unsigned char *block = memory;
    size_t size;
    memcpy(&size, block, sizeof size);
    for (size_t i = 0; i < size; i++)
        CHECK(block[sizeof size + i] == value);
    T(free)(block);
}

/* ---- producer and consumer --------------------------------------------------------- */

struct pipe {
    _Atomic(void *) ring[RING];
};

static void *produce(void *argument) {
    struct pipe *pipe = argument;
    uint64_t state = 99;
    for (unsigned i = 0; i < HANDED; i++) {
        void *block = filled(next_random(&state) % (i % 64 == 0 ? 9000 : 300), i & 255);
        while (atomic_load(&pipe->ring[i % RING]) != NULL)
            sched_yield();
        atomic_store(&pipe->ring[i % RING], block);
    }
    return NULL;
}

static void *consume(void *argument) {
    struct pipe *pipe = argument;
    for (unsigned i = 0; i < HANDED; i++) {
        void *block;
        while ((block = atomic_exchange(&pipe->ring[i % RING], NULL)) == NULL)
            sched_yield();
        check_and_free(block, i & 255);
    }
    return NULL;
}

static void producers_and_consumers(void) {
    static struct pipe pipes[PAIRS];
    pthread_t threads[2 * PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        CHECK(pthread_create(&threads[2 * i], NULL, produce, &pipes[i]) == 0);
        CHECK(pthread_create(&threads[2 * i + 1], NULL, consume, &pipes[i]) == 0);
    }
    for (int i = 0; i < 2 * PAIRS; i++)
        pthread_join(threads[i], NULL);
}

/* ---- churn and exit storms --------------------------------------------------------- */

enum { STORM = 48, OWN = 200 };
static _Atomic(void *) left[STORM][OWN];
static pthread_barrier_t together;

/* Frees what the last generation's thread left, leaves its own, all exit at once. */
static void *storm(void *argument) {
    size_t me = (size_t)(uintptr_t)argument;
    for (int i = 0; i < OWN; i++) {
        void *old = atomic_exchange(&left[(me + 7) % STORM][i], NULL);
        if (old != NULL)
            check_and_free(old, 0x5a);
    }
    pthread_barrier_wait(&together);
    for (int i = 0; i < OWN; i++)
        atomic_store(&left[me][i], filled((size_t)i * 7, 0x5a));
    pthread_barrier_wait(&together);
    return NULL;
}

static void exit_storms(void) {
    CHECK(pthread_barrier_init(&together, NULL, STORM) == 0);
    for (int generation = 0; generation < 12; generation++) {
        pthread_t threads[STORM];
        for (size_t i = 0; i < STORM; i++)
            CHECK(pthread_create(&threads[i], NULL, storm, (void *)(uintptr_t)i) == 0);
        for (size_t i = 0; i < STORM; i++)
            pthread_join(threads[i], NULL);
    }
    for (size_t i = 0; i < STORM; i++)
        for (int j = 0; j < OWN; j++)
            check_and_free(left[i][j], 0x5a);
}

/* ---- destructors ------------------------------------------------------------------- */

static pthread_key_t keys[3];
static _Atomic int destroyed;

/* Allocates and frees after the allocator's own destructor may have run, and asks to be
 * called again, as often as the system does. */
static void destroy(void *value) {
    check_and_free(value, 0x77);
    atomic_fetch_add(&destroyed, 1);
    for (int i = 0; i < 200; i++)
        check_and_free(filled((size_t)i, 0x11), 0x11);
    static __thread int rounds;
    if (rounds++ < 2)
        pthread_setspecific(keys[0], filled(100, 0x77));
}

static void *with_destructors(void *argument) {
    (void)argument;
    for (int i = 0; i < 3; i++)
        pthread_setspecific(keys[i], filled(50, 0x77));
    return NULL;
}

static void destructors(void) {
    for (int i = 0; i < 3; i++)
        CHECK(pthread_key_create(&keys[i], destroy) == 0);
    enum { THREADS = 100 };
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, with_destructors, NULL) == 0);
        pthread_join(thread, NULL);
    }
    CHECK(destroyed >= 3 * THREADS);
}

int main(void) {
    producers_and_consumers();
    exit_storms();
    destructors();
    return 0;
}
