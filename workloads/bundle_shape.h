#ifndef TIDEMARK_WORKLOADS_BUNDLE_SHAPE_H
#define TIDEMARK_WORKLOADS_BUNDLE_SHAPE_H

#include <stdint.h>

#include "rng.h"

/* Draws allocations like the recorded bundler's from the table bundle_shape.def. */

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
    SHAPE_OBJECTS = 609352, /* allocations of the recorded build */
};

/* An object that a workload has to allocate. */
struct shape {
    enum fate fate;
    int is_near;         /* a phase object that is freed with its module */
    int is_zeroed;       /* from calloc */
    uint32_t size;       /* at its allocation */
    unsigned align_log2; /* 0: malloc's own */
    unsigned growths;    /* doublings by realloc after that */
    int is_shrunk;       /* by a quarter, after the doublings */
};

/* Prepares the table. Call it once, before anything below. */
void shape_setup(void);

/* Draws an object that is allocated in this stage. The weight of FATE_CACHE is multiplied
 * by `cache_percent` over its recorded share (9.9 %). The other fates keep their weights.
 * So about `cache_percent` of all objects outlive the build if it is near the recorded
 * share; but with 50 only 28 % do. */
struct shape shape_draw(struct rng *rng, unsigned stage, double cache_percent);

/* Draws the size of an object of that fate at its allocation, from all stages: for
 * workloads that have no stages. */
uint32_t shape_size(struct rng *rng, enum fate fate);

/* The expected share (0 to 1) of a fate among the objects of a stage. */
double shape_share(unsigned stage, enum fate fate, double cache_percent);

/* Draws how long a short-lived object lives: 1 to 127 allocations of its thread. */
unsigned shape_lifetime(struct rng *rng);

/* Of the phase objects of a stage that are not near: how many, percent, are freed by the
 * end of the stage that is `age` stages later. */
unsigned shape_freed_percent(unsigned stage, unsigned age);

/* Draws how many objects a module has. The numbers are log-normal: a few modules have
 * many objects. */
uint32_t shape_module_objects(struct rng *rng, double mean);

/* A large table of a build of SHAPE_OBJECTS objects. A half stage is a fortieth of all
 * allocations. */
struct shape_table {
    unsigned from, until; /* the half stages that make it, free it, first of all */
    uint32_t size;        /* after the last doubling */
    unsigned growths;     /* doublings by realloc until that size */
    unsigned grown;       /* the half stage that makes the last doubling */
};

/* NULL after the last table. */
const struct shape_table *shape_table(unsigned index);

/* How many of 1,000 allocations the worker with this number makes. */
unsigned shape_lane_weight(unsigned worker);

#endif
