/* Caches taken over again and again, from threads that are in the middle of bursts: the
 * heap is small, so a collection is short and the next one begins at once.
 *
 * usage: takeover [SECONDS] */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "ebb.h"

#ifdef EBB_DEBUG
bool ebb_heap_is_valid(void);
#endif

enum { WORKERS = 3, BURST = 300 };

static atomic_bool stop;
static _Atomic uint64_t bursts;

/* Long enough bursts that bins run empty and full: refills and flushes are where a
 * takeover that doesn't look would meet its owner. */
static void *worker(void *argument) {
    uint64_t state = (uint64_t)(uintptr_t)argument * 0x9e3779b97f4a7c15ull | 1;
    uint64_t *blocks[BURST];
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        size_t size = 16 + next_random(&state) % 240;
        for (int i = 0; i < BURST; i++) {
            blocks[i] = T(malloc)(size);
            CHECK(blocks[i] != NULL);
            blocks[i][0] = (uintptr_t)blocks[i] ^ (uintptr_t)argument;
            blocks[i][1] = state;
        }
        for (int i = 0; i < BURST; i++) {
            CHECK(blocks[i][0] == ((uintptr_t)blocks[i] ^ (uintptr_t)argument));
            CHECK(blocks[i][1] == state);
            T(free)(blocks[i]);
        }
        atomic_fetch_add_explicit(&bursts, 1, memory_order_relaxed);
    }
    return NULL;
}

int main(int argc, char **argv) {
    double seconds = argc > 1 ? atof(argv[1]) : 1.5;
    pthread_t threads[WORKERS];
    for (uintptr_t i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, worker, (void *)(i + 1)) == 0);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    unsigned collections = 0;
    do {
        ebb_collect();
        collections++;
        clock_gettime(CLOCK_MONOTONIC, &to);
    } while ((double)(to.tv_sec - from.tv_sec) +
                 (double)(to.tv_nsec - from.tv_nsec) / 1e9 <
             seconds);
    atomic_store(&stop, true);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
#ifdef EBB_DEBUG
    CHECK(ebb_heap_is_valid());
#endif
    CHECK(collections > 20 && bursts > 20);
    dprintf(1, "%u collections, %llu bursts\n", collections, (unsigned long long)bursts);
    return 0;
}
