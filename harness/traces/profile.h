#ifndef TIDEMARK_HARNESS_PROFILE_H
#define TIDEMARK_HARNESS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace;

/*
 * What a trace consists of, in figures that can be compared with another trace's: sizes,
 * lifetimes, fates, shares. "Allocations" are calls of malloc, calloc and aligned ones.
 * Sizes are those requested then, but fates and frees count the size at the end.
 */
enum {
    PROFILE_SIZES = 29,  /* powers of two: up to 8 bytes, 16, ... 2 GiB */
    PROFILE_LIVES = 15,  /* profile_lives */
    PROFILE_POINTS = 20, /* of live bytes over the calls */
    PROFILE_THREADS = 5, /* the busiest */
};

/* Upper bounds of lifetimes: allocations, then parts per thousand of the trace's. */
struct profile_life {
    uint64_t below;
    bool is_share;
};
extern const struct profile_life profile_lives[PROFILE_LIVES];

struct profile_sum {
    uint64_t objects, bytes;
};

/*
 * What became of an object. The boundaries are the trace's own: the instant of its most
 * live bytes, and its idle record (or end).
 */
enum profile_fate {
    PROFILE_SHORT,    /* freed within 128 allocations */
    PROFILE_PHASE,    /* freed before the peak */
    PROFILE_BUILD,    /* freed between the peak and idle */
    PROFILE_OUTLIVES, /* still live when the program goes idle */
    PROFILE_FATES,
};

struct profile {
    uint64_t records, sample;
    struct profile_sum allocated, calloced, aligned, freed, remote;
    uint64_t reallocs, growing;
    struct profile_sum sizes[PROFILE_SIZES];
    uint64_t lives[PROFILE_LIVES]; /* objects that were freed, by their lifetime */
    struct profile_sum fates[PROFILE_FATES];
    uint64_t fate_remote[PROFILE_FATES];          /* of them, freed by another thread */
    uint64_t thread_allocations[PROFILE_THREADS]; /* the busiest first */
    uint64_t thread_frees[PROFILE_THREADS];       /* the busiest at freeing first */
    struct profile_sum peak, survivors;
    uint64_t
        live[PROFILE_POINTS]; /* bytes after 1/20, 2/20, ... of the calls until idle */
    uint64_t pages[3]; /* that survivors lie on: 4 KiB, 64 KiB, 2 MiB (placement.h) */
    uint32_t *exact;   /* sizes of all allocations, sorted */
};

/* -ENOMEM on failure. */
int profile_make(const struct trace *trace, struct profile *ret);
void profile_finish(struct profile *profile);

/*
 * Leaves one object in `factor` of the trace, drawn at random by a fixed seed, so that it
 * can be compared with a trace that was recorded like that. -ENOMEM on failure.
 */
int profile_thin(struct trace *trace, uint32_t factor);

#endif
