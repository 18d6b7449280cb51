#ifndef TIDEMARK_WORKLOADS_PAGES_H
#define TIDEMARK_WORKLOADS_PAGES_H

#include <stdint.h>

#include "workload.h"

struct pages_census {
    uint64_t live;  /* requested bytes */
    uint64_t floor; /* OS page size x distinct OS pages that hold at least one of them */
    uint64_t objects;
};

/* Counts what `visit` visits. Its scratch memory is mapped for the call and gone
 * afterwards. */
struct pages_census pages_count(void (*visit)(block_visitor *, void *));

#endif
