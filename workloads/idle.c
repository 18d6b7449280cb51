#include "idle.h"

#include <string.h>
#include <time.h>

#include "collect.h"
#include "heap.h"
#include "pool.h"
#include "say.h"

enum { TICK_MS = 100, TICK_SIZE = 64 };

static void dead(struct pool *pool) {
    (void)pool;
    say_and_wait("idle driver=dead");
}

/* Makes the allocator's own call to give memory back, once. */
static void by_collect(struct pool *pool) {
    (void)pool;
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    collect();
    clock_gettime(CLOCK_MONOTONIC, &after);
    say_and_wait("idle driver=collect call=%s ns=%lld", collect_name(),
                 (long long)(after.tv_sec - before.tv_sec) * 1000000000 +
                     (after.tv_nsec - before.tv_nsec));
}

static void one_pair(void *context, unsigned worker) {
    (void)context, (void)worker;
    heap_free(heap_alloc(TICK_SIZE, 1), TICK_SIZE, 1);
}

/* The main thread makes one pair every 100 ms. */
static void tick(struct pool *pool) {
    (void)pool;
    say("idle driver=tick");
    while (!say_wait_for(TICK_MS))
        one_pair(NULL, 0);
}

/* Every worker makes such a pair, too. */
static void tick_all(struct pool *pool) {
    say("idle driver=tick-all");
    while (!say_wait_for(TICK_MS)) {
        one_pair(NULL, 0);
        pool_each_worker(pool, one_pair, NULL);
    }
}

/* The workers exit. Then nobody calls the allocator, as in dead(). */
static void joined(struct pool *pool) {
    pool_end(pool);
    say_and_wait("idle driver=joined");
}

static const struct {
    const char *name;
    void (*run)(struct pool *);
} drivers[] = {
    {"dead", dead},         {"collect", by_collect}, {"tick", tick},
    {"tick-all", tick_all}, {"joined", joined},
};

enum { DRIVERS = sizeof drivers / sizeof drivers[0] };

bool idle_is_driver(const char *name) {
    for (int i = 0; i < DRIVERS; i++)
        if (strcmp(drivers[i].name, name) == 0)
            return true;
    return false;
}

void idle_run(const char *driver, struct pool *pool) {
    for (int i = 0; i < DRIVERS; i++)
        if (strcmp(drivers[i].name, driver) == 0)
            drivers[i].run(pool);
}
