/* The last thread that had a cache has left, another lives on that never allocates: what
 * was freed goes back all the same, though the reclaimer had learnt to be patient. No
 * thread is left that could start another one. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "child.h"
#include "resident.h"

enum {
    BURST = 32 << 20,
    SIZE = 1024,
    COUNT = BURST / SIZE,
    BURSTS = 10,
    GAP_US = 330000
};

static void *blocks[COUNT];
static _Atomic size_t empty, full; /* resident, before the first burst and in the last */
static atomic_bool left;

static void fill(void) {
    for (int i = 0; i < COUNT; i++) {
        CHECK((blocks[i] = malloc(SIZE)) != NULL);
        memset(blocks[i], 1, SIZE);
    }
}

static void drain(void) {
    for (int i = 0; i < COUNT; i++)
        free(blocks[i]);
}

/* What is wanted again soon after it was given back teaches patience. */
static void *work(void *argument) {
    (void)argument;
    memset(blocks, 1, sizeof blocks);
    empty = resident();
    for (int i = 0; i < BURSTS; i++) {
        fill();
        drain();
        usleep(GAP_US);
    }
    fill();
    full = resident();
    drain();
    left = true;
    return NULL;
}

/* Reads, sleeps, and takes no cache. */
static void *watch(void *argument) {
    (void)argument;
    while (!left)
        usleep(10000);
    CHECK(full > empty + BURST);
    size_t now = 0;
    for (int ms = 0; ms < 5000; ms += 20) {
        now = resident();
        if (now < empty + BURST / 8)
            _exit(0);
        usleep(20000);
    }
    dprintf(2, "%zu of %d KiB are still resident\n", (now - empty) >> 10, BURST >> 10);
    CHECK(!"the memory of the last thread that allocated went back");
    return NULL;
}

int main(void) {
    limit_time(100);
    pthread_t watcher, worker;
    CHECK(pthread_create(&watcher, NULL, watch, NULL) == 0);
    CHECK(pthread_create(&worker, NULL, work, NULL) == 0);
    pthread_detach(watcher);
    pthread_detach(worker);
    pthread_exit(NULL);
}
