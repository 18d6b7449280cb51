/*
 * churn: 300,000 blocks of 512 B, 1 KiB and 2 KiB in a fixed order that repeats after six
 * blocks. Every 20th block stays and the others are freed. The survivors are 12.2 MiB on
 * 58.6 MiB of pages, because nearly every survivor has a page of its own.
 *
 * The claim: forks of mimalloc that discard unused OS pages inside partly used allocator
 * pages report 279 -> 72 MB (74 % returned) on this shape, within 10 s and with the
 * application calling a hook. Refuted for an allocator by a footprint that stays near the
 * peak.
 *
 * The pool's workers allocate and free. The worker that takes a range of indices frees
 * their blocks, so another one may have allocated them, as in real programs. A further
 * build allocates the same blocks beside the survivors, then frees the earlier survivors,
 * too. With --shuffle=1 the sizes are in random order, and some survivors share a page.
 */
#include <stddef.h>

#include "block.h"
#include "memory.h"
#include "rng.h"
#include "workload.h"

enum { BLOCKS = 300000, PATTERN = 6, GRAIN = 256 };

static const uint32_t pattern[PATTERN] = {512, 512, 1024, 512, 1024, 2048};

enum { SHUFFLE };

static struct option options[] = {
    [SHUFFLE] = {"shuffle", 0, 0, 1, "1: the sizes in random order, not a fixed one"},
    {0},
};

static size_t total;
static uint32_t *sizes; /* in the order of allocation */
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
    total = (size_t)(BLOCKS * run->scale + 0.5);
    sizes = memory_map(total * sizeof *sizes);
    young = memory_map(total * sizeof *young);
    old = memory_map(total * sizeof *old);
    for (size_t i = 0; i < total; i++)
        sizes[i] = pattern[i % PATTERN];
    struct rng rng;
    rng_seed(&rng, run->seed);
    if (options[SHUFFLE].value != 0)
        shuffle(sizes, total, &rng);
}

/* Spreads the survivors evenly: the first block, then each where index x share passes a
 * whole number. With 5 % that is every 20th from the first; the figures above are for
 * these. */
static int stays(size_t index) {
    uint64_t share = (uint64_t)(running->survivors * 1e4); /* of 10^6 */
    if (index == 0)
        return share > 0;
    return index * share / 1000000 != (index - 1) * share / 1000000;
}

static void allocate(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    block_alloc(&young[index], sizes[index], (uint32_t)index * 31 + running->build);
}

static void release(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    block_free(&old[index]);
    if (!stays(index))
        block_free(&young[index]);
}

static void build(const struct run *run) {
    running = run;
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
    .options = options,
    .setup = setup,
    .build = build,
    .visit = visit,
};
