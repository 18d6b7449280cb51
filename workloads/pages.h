#ifndef TIDEMARK_WORKLOADS_PAGES_H
#define TIDEMARK_WORKLOADS_PAGES_H

#include <stdint.h>

#include "workload.h"

struct pages_census {
    uint64_t live;  /* bytes */
    uint64_t floor; /* the page floor: page size x pages that hold one of them */
    uint64_t objects;
};

/* Counts the blocks that `visit` visits. Maps scratch memory, and unmaps it before it
 * returns. */
struct pages_census pages_count(void (*visit)(block_visitor *, void *));

#endif
