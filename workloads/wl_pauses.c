/*
 * pauses: the workers fill 1 GiB with blocks of 2 to 64 KiB and free all of it. Then one
 * worker goes on with small and medium blocks, without a pause. The others are parked,
 * and the allocator may give memory back in the background.
 *
 * The claim: returning memory in the background costs the program nothing. Refuted for an
 * allocator by the latencies of the second phase (`--latency-rounds`): calls that take a
 * millisecond or more are pauses that add up until a user sees them. The latencies of the
 * first phase are left out.
 *
 * The second phase replaces the blocks of a ring in turn. With timed calls it lasts a few
 * seconds. That is longer than the delay after which allocators give memory back, except
 * jemalloc's decay of ten seconds.
 */
#include <stddef.h>

#include "block.h"
#include "latency.h"
#include "memory.h"
#include "rng.h"
#include "workload.h"

enum { MEAN = 33 << 10, GRAIN = 64, RING = 2048 };

enum { GIB, TURNS };

static struct option options[] = {
    [GIB] = {"gib", 1, 0.01, 64, "how much is freed at once, GiB"},
    [TURNS] = {"turns", 20, 0.01, 1000, "blocks of the ring replaced, millions"},
    {0},
};

static size_t total;
static struct block *blocks, *ring;
static uint64_t seed;

static void setup(const struct run *run) {
    total = (size_t)(options[GIB].value * run->scale * (1 << 30) / MEAN) + 1;
    blocks = memory_map(total * sizeof *blocks);
    ring = memory_map(RING * sizeof *ring);
    seed = run->seed;
}

static void allocate(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    struct rng rng;
    rng_seed(&rng, seed + index);
    uint32_t size = (uint32_t)((2 << 10) + rng_below(&rng, 2 * (MEAN - (2 << 10))));
    block_alloc(&blocks[index], size, (uint32_t)index);
}

static void release(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    block_free(&blocks[index]);
}

/* The second phase, on one worker. Most blocks are small, as in programs. */
static void go_on(void *context, size_t index, unsigned worker) {
    const struct run *run = context;
    (void)index, (void)worker;
    struct rng rng;
    rng_seed(&rng, seed);
    size_t turns = (size_t)(options[TURNS].value * run->scale * 1e6);
    for (size_t turn = 0; turn < turns; turn++) {
        struct block *block = &ring[turn % RING];
        uint32_t limit = 16u << rng_below(&rng, 10); /* 16 B to 8 KiB */
        block_free(block);
        block_alloc(block, 1 + (uint32_t)rng_below(&rng, limit), (uint32_t)turn);
    }
    for (size_t i = 0; i < RING; i++)
        block_free(&ring[i]);
}

static void build(const struct run *run) {
    pool_for_each(run->pool, total, GRAIN, allocate, NULL);
    run_peak(run);
    pool_for_each(run->pool, total, GRAIN, release, NULL);
    latency_forget();
    pool_for_each(run->pool, 1, 1, go_on, (void *)(uintptr_t)run);
}

static void visit(block_visitor *visitor, void *context) {
    block_visit_all(blocks, total, visitor, context);
}

const struct workload wl_pauses = {
    .name = "pauses",
    .builds = 1,
    .options = options,
    .setup = setup,
    .build = build,
    .visit = visit,
};
