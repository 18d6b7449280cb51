#ifndef TIDEMARK_WORKLOADS_WORKLOAD_H
#define TIDEMARK_WORKLOADS_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "pool.h"

/*
 * What a workload is. It is one file, wl_NAME.c, that ends in `const struct workload
 * wl_NAME = {...}`, and one line in workloads.def. main.c does what all have in common:
 * the options, the pool, the protocol (docs/protocol.md), checkpoints, the idle driver.
 */

/* A number on the command line, `--name=value`; the value is read where it is used. */
struct option {
    const char *name;
    double value; /* default, then what was given */
    double low, high;
    const char *help; /* with its unit */
};

/* The same of a text. */
struct text_option {
    const char *name;
    const char *value;
    const char *help;
};

/* What a workload is told; the common options. */
struct run {
    struct pool *pool;
    unsigned threads;
    double scale;
    unsigned builds;
    double survivors; /* share of what is kept, percent */
    uint64_t seed;
    unsigned build; /* the one that runs, from 1 */
};

/* Called once for each live block, from one thread; the stamp is the one of heap.h. */
typedef void block_visitor(void *context, const void *block, size_t size, uint32_t stamp);

struct workload {
    const char *name;
    unsigned builds;          /* default of --builds */
    double survivors;         /* default of --survivors, percent */
    struct option *options;   /* its own, ended by an empty one; may be NULL */
    struct text_option *text; /* one of its own; may be NULL */
    int is_bare;              /* calls malloc itself, not by heap.h: no --record */

    /* Maps and populates its own tables (memory.h); must not allocate. */
    void (*setup)(const struct run *run);
    /* One build. It calls run_peak() where live bytes are highest. */
    void (*build)(const struct run *run);
    /* Visits every live block; the pool is parked. */
    void (*visit)(block_visitor *visit, void *context);
};

/* The instant at which live bytes are highest; a checkpoint in the last build only. */
void run_peak(const struct run *run);

#endif
