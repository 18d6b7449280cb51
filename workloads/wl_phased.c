/*
 * phased: six phases with blocks of different sizes: 16 to 64 bytes in the first, four
 * times as large in each next one, 16 to 64 KiB in the last. Each phase allocates the
 * same number of bytes. At its end all blocks are freed except a few, which stay until
 * the next build.
 *
 * The claim: memory that one phase has freed serves the next, whatever its sizes. Refuted
 * for an allocator by a peak near the sum of the phases (288 MiB). At the peak, live
 * bytes are about 51 MiB: one phase and the survivors. Their page floor is 102 MiB,
 * because small survivors pin nearly all pages of their phase.
 *
 * Sizes are drawn evenly from a phase's range. Every hundredth block survives.
 */
#include <stddef.h>

#include "block.h"
#include "memory.h"
#include "rng.h"
#include "workload.h"

enum { PHASES = 6, SMALLEST = 16, PHASE_BYTES = 48 << 20, GRAIN = 256 };

struct phase {
    size_t count;
    uint32_t low; /* bytes; sizes are from `low` to 4 times `low` */
    struct block *blocks;
};

static struct phase phases[PHASES];
static const struct run *running;

static void setup(const struct run *run) {
    uint32_t low = SMALLEST;
    for (int p = 0; p < PHASES; p++, low *= 4) {
        size_t count = (size_t)(PHASE_BYTES * run->scale / (2.5 * low)) + 1;
        phases[p] = (struct phase){count, low, memory_map(count * sizeof(struct block))};
    }
}

static void allocate(void *context, size_t index, unsigned worker) {
    const struct phase *phase = context;
    (void)worker;
    struct rng rng;
    rng_seed(&rng, running->seed ^ (uint64_t)running->build << 48 ^
                       (uint64_t)phase->low << 32 ^ index);
    uint32_t size = phase->low + (uint32_t)rng_below(&rng, 3 * phase->low + 1);
    block_alloc(&phase->blocks[index], size, (uint32_t)rng_next(&rng));
}

/* Spreads the survivors evenly. */
static int stays(size_t index) {
    uint64_t share = (uint64_t)(running->survivors * 1e4); /* of 10^6 */
    return index * share / 1000000 != (index + 1) * share / 1000000;
}

static void thin_out(void *context, size_t index, unsigned worker) {
    const struct phase *phase = context;
    (void)worker;
    if (!stays(index))
        block_free(&phase->blocks[index]);
}

static void release(void *context, size_t index, unsigned worker) {
    const struct phase *phase = context;
    (void)worker;
    block_free(&phase->blocks[index]);
}

static void build(const struct run *run) {
    running = run;
    for (int p = 0; p < PHASES; p++) /* frees the survivors of the build before */
        pool_for_each(run->pool, phases[p].count, GRAIN, release, &phases[p]);
    for (int p = 0; p < PHASES; p++) {
        pool_for_each(run->pool, phases[p].count, GRAIN, allocate, &phases[p]);
        if (p == PHASES - 1)
            run_peak(run);
        pool_for_each(run->pool, phases[p].count, GRAIN, thin_out, &phases[p]);
    }
}

static void visit(block_visitor *visitor, void *context) {
    for (int p = 0; p < PHASES; p++)
        block_visit_all(phases[p].blocks, phases[p].count, visitor, context);
}

const struct workload wl_phased = {
    .name = "phased",
    .builds = 3,
    .survivors = 1,
    .setup = setup,
    .build = build,
    .visit = visit,
};
