/*
 * survivors: how many pages a few survivors pin. Each build fills 64 MiB with blocks of
 * one size and frees all but a share of them. The share grows from build to build: 0.1,
 * 0.2, 0.5, 1, 2, 5, 10, 20 and 50 percent. An idle gap after each build shows what is
 * left.
 *
 * The claim: a process that keeps 1 % of what it allocated keeps most of its memory, and
 * no allocator can help it, because a page with one live block cannot be given back. If a
 * page has n blocks, and each survives with probability s, a share of 1 - (1 - s)^n of
 * the pages is pinned (the page floor): 15 % for s = 1 % and blocks of 256 bytes. Refuted
 * for an allocator by a footprint above that floor: the rest is its own.
 *
 * --pattern=0: each block survives by its own chance. 1: clusters of 64 neighbours
 * survive, so the floor is near the live bytes. 2: by generation: half of the last
 * build's survivors stay once more, and so many young blocks stay that the share is the
 * same.
 */
#include <stddef.h>

#include "block.h"
#include "memory.h"
#include "rng.h"
#include "workload.h"

enum { BYTES = 64 << 20, GRAIN = 256, CLUSTER = 64 };

enum { SIZE, PATTERN, GAP };

enum pattern { RANDOM, CLUSTERED, GENERATIONAL };
enum age { YOUNG, OLD };

#define OLD_SHARE                                                                        \
    0.5 /* of the last build's survivors that stay once more, by generation */

static struct option options[] = {
    [SIZE] = {"size", 256, 16, 65536, "of a block, bytes"},
    [PATTERN] = {"pattern", 0, 0, 2, "0: random, 1: clustered, 2: generational"},
    [GAP] = {"gap", 1100, 1, 600000, "idle time after each build, milliseconds"},
    {0},
};

/* Survivors of a build, per mille. From the tenth build on it is the last density. */
static const unsigned densities[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};
enum { DENSITIES = sizeof densities / sizeof densities[0] };

static size_t total;
static struct block *young, *old; /* of this build; survivors of the builds before */
static const struct run *running;

static void setup(const struct run *run) {
    total = (size_t)(BYTES * run->scale / options[SIZE].value) + 1;
    young = memory_map(total * sizeof *young);
    old = memory_map(total * sizeof *old);
}

static void allocate(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    block_alloc(&young[index], (uint32_t)options[SIZE].value,
                (uint32_t)index * 31 + running->build);
}

/* Draws whether an entry stays: by itself, or with its cluster. Old and young are drawn
 * independently. Otherwise every young survivor would have an old one in its place. */
static int stays(size_t index, enum age age, double share) {
    struct rng rng;
    size_t unit = options[PATTERN].value == CLUSTERED ? index / CLUSTER : index;
    rng_seed(&rng, running->seed ^ (uint64_t)running->build << 40 ^ unit);
    for (int i = 0; i < (int)age; i++)
        rng_next(&rng);
    return (double)rng_below(&rng, 1000000) < 1e6 * share;
}

/* The share (0 to 1) of all entries that survive the build with this number. */
static double density_after(unsigned build) {
    if (build == 0)
        return 0;
    return densities[(build < DENSITIES ? build : DENSITIES) - 1] / 1000.0;
}

/* The share of young blocks that must stay. An entry holds one block, so none is left
 * where an old block stays. */
static double young_share(void) {
    double older = options[PATTERN].value == GENERATIONAL
                       ? density_after(running->build - 1) * OLD_SHARE
                       : 0;
    return (density_after(running->build) - older) / (1 - older);
}

/* Frees all survivors before a build. The arithmetic above holds for survivors that share
 * their pages with no older ones. By generation they overlap, as in programs. */
static void forget(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    block_free(&old[index]);
}

static void release(void *context, size_t index, unsigned worker) {
    (void)worker;
    if (old[index].memory && !stays(index, OLD, OLD_SHARE))
        block_free(&old[index]);
    if (!stays(index, YOUNG, *(const double *)context))
        block_free(&young[index]);
}

/* Young survivors become old, except where an old block stays: there they are freed. */
static void grow_old(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    if (old[index].memory)
        block_free(&young[index]);
    else
        old[index] = young[index];
    young[index].memory = NULL;
}

static void build(const struct run *run) {
    running = run;
    double share = young_share();
    if (options[PATTERN].value != GENERATIONAL)
        pool_for_each(run->pool, total, GRAIN, forget, NULL);
    pool_for_each(run->pool, total, GRAIN, allocate, NULL);
    run_peak(run);
    pool_for_each(run->pool, total, GRAIN, release, &share);
    pool_for_each(run->pool, total, GRAIN, grow_old, NULL);
}

static unsigned gap(const struct run *run) {
    return run->build >= 2 ? (unsigned)options[GAP].value : 0;
}

static void visit(block_visitor *visitor, void *context) {
    block_visit_all(young, total, visitor, context);
    block_visit_all(old, total, visitor, context);
}

const struct workload wl_survivors = {
    .name = "survivors",
    .builds = DENSITIES + 1,
    .options = options,
    .setup = setup,
    .build = build,
    .gap = gap,
    .visit = visit,
};
