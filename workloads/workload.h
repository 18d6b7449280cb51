#ifndef TIDEMARK_WORKLOADS_WORKLOAD_H
#define TIDEMARK_WORKLOADS_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "pool.h"

/*
 * A workload is one file, wl_NAME.c, that ends in `const struct workload wl_NAME =
 * {...}`, and one line in workloads.def. main.c does what all workloads share: the
 * options, the pool, the protocol (docs/protocol.md), checkpoints, the idle driver.
 */

/* A number on the command line, `--name=value`. The workload reads `value` itself. */
struct option {
    const char *name;
    double value; /* default, then what was given */
    double low, high;
    const char *help; /* with its unit */
};

/* A text on the command line. */
struct text_option {
    const char *name;
    const char *value;
    const char *help;
};

/* What a workload gets from main.c: the common options, and the current build. */
struct run {
    struct pool *pool;
    unsigned threads;
    double scale;
    unsigned builds;
    double survivors; /* share of the blocks that stay, percent */
    uint64_t seed;
    unsigned build; /* number of the current build, from 1 */
};

/* Called once for each live block, from one thread. `stamp` is the stamp of heap.h. */
typedef void block_visitor(void *context, const void *block, size_t size, uint32_t stamp);

struct workload {
    const char *name;
    unsigned builds;          /* default of --builds */
    double survivors;         /* default of --survivors, percent */
    struct option *options;   /* its own; an empty one ends the list; may be NULL */
    struct text_option *text; /* its own text option; may be NULL */
    int is_bare;              /* calls malloc itself, not through heap.h: no --record */

    /* Maps and populates the workload's tables (memory.h). Must not allocate. */
    void (*setup)(const struct run *run);
    /* Runs one build. Must call run_peak() when live bytes are highest. */
    void (*build)(const struct run *run);
    /* The gap before this build, milliseconds; 0: none. NULL: no gaps. */
    unsigned (*gap)(const struct run *run);
    /* Visits every live block, while the pool is parked. */
    void (*visit)(block_visitor *visit, void *context);
};

/* Tells main.c that live bytes are highest now. In the last build this is the checkpoint
 * `peak`. */
void run_peak(const struct run *run);

#endif
