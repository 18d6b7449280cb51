#ifndef TIDEMARK_HARNESS_PROFILE_H
#define TIDEMARK_HARNESS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct trace;

/*
 * What a trace consists of, in figures that can be compared with those of another trace:
 * sizes, lifetimes, fates, shares. An allocation is a call of malloc, calloc or an
 * aligned allocation. The size of an allocation is the requested one. Fates and frees
 * count an object's last size, after its reallocs.
 */
enum {
    PROFILE_SIZES = 29,  /* powers of two: up to 8 bytes, 16, ... 2 GiB */
    PROFILE_LIVES = 15,  /* length of profile_lives */
    PROFILE_POINTS = 20, /* instants at which live bytes are noted */
    PROFILE_THREADS = 5, /* the busiest threads */
};

/* The upper bound of a class of lifetimes. A lifetime is a number of allocations. With
 * `is_share`, the bound is in thousandths of all allocations of the trace. */
struct profile_life {
    uint64_t below;
    bool is_share;
};
extern const struct profile_life profile_lives[PROFILE_LIVES];

struct profile_sum {
    uint64_t objects, bytes;
};

/*
 * What became of an object. Two instants of the trace are the boundaries: the peak of its
 * live bytes, and its idle record (its end if it has none).
 */
enum profile_fate {
    PROFILE_SHORT,    /* freed within 128 allocations, before idle */
    PROFILE_PHASE,    /* freed before the peak */
    PROFILE_BUILD,    /* freed between the peak and idle */
    PROFILE_OUTLIVES, /* still live when the program goes idle */
    PROFILE_FATES,
};

struct profile_instants {
    size_t peak, idle; /* indices of records; idle: the number of records if none */
    uint64_t peak_bytes;
};

/* Finds these instants. `before_idle`: ignores what comes after the idle record. */
struct profile_instants profile_find_instants(const struct trace *trace,
                                              bool before_idle);

/* The fate of an object that was freed by the record `at`. `life`: how many allocations
 * it lived through, of the whole program even if the trace is a sample. */
enum profile_fate profile_fate_of(const struct profile_instants *instants, size_t at,
                                  uint64_t life);

struct profile {
    uint64_t records, sample;
    /* remote: freed by another thread than the one that allocated */
    struct profile_sum allocated, calloced, aligned, freed, remote;
    uint64_t reallocs, growing; /* growing: the reallocs that made the object larger */
    struct profile_sum sizes[PROFILE_SIZES];
    uint64_t lives[PROFILE_LIVES]; /* freed objects by lifetime, in each profile_lives */
    struct profile_sum fates[PROFILE_FATES];
    uint64_t fate_remote[PROFILE_FATES];          /* of these objects, the remote ones */
    uint64_t thread_allocations[PROFILE_THREADS]; /* the busiest thread first */
    uint64_t thread_frees[PROFILE_THREADS]; /* likewise, but in an order of its own */
    struct profile_sum peak, survivors;     /* live at the peak, and at idle */
    /* live bytes after 1/20, 2/20, ... of the calls until idle */
    uint64_t live[PROFILE_POINTS];
    uint64_t pages[3]; /* pages with survivors: of 4 KiB, 64 KiB, 2 MiB (placement.h) */
    uint32_t *exact;   /* sizes of all allocations, sorted; owned */
};

/* Makes the profile of a trace; the caller finishes it. 0, or -EFBIG if the objects that
 * are live at once do not fit into 16 GiB (placement.h). */
int profile_make(const struct trace *trace, struct profile *ret);
void profile_finish(struct profile *profile);

/*
 * Prints the figures that the workload bundle draws from, as counted in a trace
 * (shape.c). They are the lines of workloads/bundle_shape.def; the comments there explain
 * each figure. LIFE is left out: a sampled trace cannot tell it. The trace must be one
 * build with an idle record. 0, or -ENODATA if it has no idle record.
 */
int shape_print(const struct trace *trace, FILE *out);

/* Compares counts (uint64_t) for qsort(): the largest comes first. */
int profile_by_count(const void *a, const void *b);

#endif
