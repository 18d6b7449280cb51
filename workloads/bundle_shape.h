#ifndef TIDEMARK_WORKLOADS_BUNDLE_SHAPE_H
#define TIDEMARK_WORKLOADS_BUNDLE_SHAPE_H

#include <stdint.h>

#include "rng.h"

/* What the bundler's allocations look like: draws from the table bundle_shape.def. */

/* How long an object lives. */
enum fate {
    FATE_SHORT, /* freed within 128 allocations */
    FATE_PHASE, /* freed before the build's peak */
    FATE_BUILD, /* freed in the build's teardown */
    FATE_CACHE, /* outlives the build */
    FATES,
};

enum {
    SHAPE_STAGES = 20, /* twentieths of all allocations */
    SHAPE_GROWTHS_MAX = 8,
    SHAPE_OBJECTS = 609352, /* of the recorded build that the table is from */
};

/* What an object is to be. */
struct shape {
    enum fate fate;
    int is_near;         /* a phase object that is freed with its module, not later */
    int is_zeroed;       /* from calloc */
    uint32_t size;       /* at its allocation */
    unsigned align_log2; /* 0: malloc's own */
    unsigned growths;    /* how often it is then doubled */
    int is_shrunk;       /* at last, by a quarter */
};

/* Makes the table ready to be drawn from; once. */
void shape_setup(void);

/* An object born in this stage; the share of those that outlive the build is scaled so
 * that it is `cache_percent` over all stages. */
struct shape shape_draw(struct rng *rng, unsigned stage, double cache_percent);

/* The expected share of a fate in a stage. */
double shape_share(unsigned stage, enum fate fate, double cache_percent);

/* After how many further allocations of its thread a short-lived object is freed, below
 * 128. */
unsigned shape_lifetime(struct rng *rng);

/* How many objects a module has: log-normal, so that a few modules hold most of them. */
uint32_t shape_module_objects(struct rng *rng, double mean);

/* The large tables of a build of SHAPE_OBJECTS objects. NULL after the last. */
struct shape_table {
    unsigned stage, until; /* that it is made in, and freed in (SHAPE_STAGES: teardown) */
    uint32_t size;         /* at last */
    unsigned growths;      /* doublings by realloc until then */
};
const struct shape_table *shape_table(unsigned index);

/* How much the worker with this number makes, of 1,000 allocations. */
unsigned shape_lane_weight(unsigned worker);

#endif
