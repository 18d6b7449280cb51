#ifndef TIDEMARK_WORKLOADS_BUNDLE_SHAPE_H
#define TIDEMARK_WORKLOADS_BUNDLE_SHAPE_H

#include <stdint.h>

#include "rng.h"

/*
 * What the bundler's allocations look like: every figure that `bundle` draws from, with
 * its source. "Recorded" is the recorded build of rolldown 1.0.1 with about 4,500 modules
 * (9.66 M allocations, 6.3 GB).
 */

/* How long an object lives. Recorded, shares of the allocations. */
enum fate {
    FATE_SHORT, /* 57.4 %: freed within 128 allocations */
    FATE_PHASE, /* 8.8 %: freed in a later phase */
    FATE_BUILD, /* 24.2 %: freed in the build's teardown */
    FATE_CACHE, /* 9.7 %: outlives the build */
    FATES,
};

enum {
    /* Recorded, per ten thousand allocations. */
    SHAPE_CALLOC = 170,
    SHAPE_ALIGNED = 75,
    /* Recorded: nearly all aligned objects have this alignment, half of them either size.
     */
    SHAPE_ALIGNMENT = 128,
    SHAPE_ALIGNED_SMALL = 256,
    SHAPE_ALIGNED_LARGE = 4480,
    SHAPE_GROWING =
        300, /* objects that are grown by realloc; each about twice: 6.6 % of ops */
    /* Recorded: over 90 % of all objects are born in parse. Of the cache's objects a
     * quarter is (sparse among what the build frees), the others in codegen (dense: the
     * output). */
    SHAPE_CACHE_BORN_IN_PARSE = 2500,
};

/* Draws whether an object of one in ten thousand has a property. */
int shape_happens(struct rng *rng, unsigned per_ten_thousand);

/* The fate of an object born in parse; the cache's share is scaled to `cache_percent`. */
enum fate shape_fate(struct rng *rng, double cache_percent);

/* A size in bytes for an object of that fate: recorded histogram, and mean by fate. */
uint32_t shape_size(struct rng *rng, enum fate fate);

/* After how many further allocations of its thread a short-lived object is freed, below
 * 128. */
unsigned shape_lifetime(struct rng *rng);

/* How many objects a module has: log-normal, so that a few modules hold most of them. */
uint32_t shape_module_objects(struct rng *rng, double mean);

#endif
