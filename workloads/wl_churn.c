/*
 * churn: 150,000 blocks of 512 B, 100,000 of 1 KiB and 50,000 of 2 KiB in random order,
 * of which 1 in 20 stays and the others are freed.
 *
 * The claim: forks of mimalloc that discard unused OS pages inside partly used allocator
 * pages report 279 -> 72 MB (74 % returned) on this shape, within 10 s and with the
 * application calling a hook. Refuted for an allocator by a footprint that stays near the
 * peak.
 *
 * Blocks are allocated and freed by the pool's workers; who frees a block is whoever
 * takes its range of indices, so that part of the frees are remote, as in real programs.
 * A further build allocates the shape anew beside the survivors, then frees the earlier
 * survivors, too.
 */
#include <stddef.h>

#include "block.h"
#include "memory.h"
#include "rng.h"
#include "workload.h"

enum { SIZES = 3, GRAIN = 256 };

static const struct {
    uint32_t size;
    size_t count; /* at scale 1 */
} shape[SIZES] = {{512, 150000}, {1024, 100000}, {2048, 50000}};

static size_t total;
static uint32_t *sizes;      /* in the order of allocation */
static unsigned char *stays; /* drawn anew for each build */
static struct block *young,
    *old; /* this build's blocks; the survivors of the one before */
static const struct run *running;

static void shuffle(uint32_t *values, size_t n, struct rng *rng) {
    for (size_t i = n; i > 1; i--) {
        size_t k = rng_below(rng, i);
        uint32_t swapped = values[i - 1];
        values[i - 1] = values[k];
        values[k] = swapped;
    }
}

static void setup(const struct run *run) {
    size_t counts[SIZES];
    for (int s = 0; s < SIZES; s++) {
        counts[s] = (size_t)((double)shape[s].count * run->scale + 0.5);
        total += counts[s];
    }
    sizes = memory_map(total * sizeof *sizes);
    stays = memory_map(total);
    young = memory_map(total * sizeof *young);
    old = memory_map(total * sizeof *old);
    size_t n = 0;
    for (int s = 0; s < SIZES; s++)
        for (size_t i = 0; i < counts[s]; i++)
            sizes[n++] = shape[s].size;
    struct rng rng;
    rng_seed(&rng, run->seed);
    shuffle(sizes, total, &rng);
}

static void draw_survivors(const struct run *run) {
    struct rng rng;
    rng_seed(&rng, run->seed + run->build);
    uint64_t below = (uint64_t)(run->survivors * 1e4);
    for (size_t i = 0; i < total; i++)
        stays[i] = rng_below(&rng, 1000000) < below;
}

static void allocate(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    block_alloc(&young[index], sizes[index], (uint32_t)index * 31 + running->build);
}

static void release(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    block_free(&old[index]);
    if (!stays[index])
        block_free(&young[index]);
}

static void build(const struct run *run) {
    running = run;
    draw_survivors(run);
    pool_for_each(run->pool, total, GRAIN, allocate, NULL);
    run_peak(run);
    pool_for_each(run->pool, total, GRAIN, release, NULL);
    struct block *swapped = old; /* empty now */
    old = young;
    young = swapped;
}

static void visit(block_visitor *visitor, void *context) {
    block_visit_all(young, total, visitor, context);
    block_visit_all(old, total, visitor, context);
}

const struct workload wl_churn = {
    .name = "churn",
    .builds = 3,
    .survivors = 5,
    .setup = setup,
    .build = build,
    .visit = visit,
};
