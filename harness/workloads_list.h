#ifndef TIDEMARK_HARNESS_WORKLOADS_LIST_H
#define TIDEMARK_HARNESS_WORKLOADS_LIST_H

#include <stddef.h>

/* The registered workloads, from workloads/workloads.def. */
struct registered_workload {
    const char *name, *summary;
};

static const struct registered_workload registered_workloads[] = {
#define WORKLOAD(name, summary) {#name, summary},
#include "workloads.def"
#undef WORKLOAD
};

enum {
    REGISTERED_WORKLOADS = sizeof registered_workloads / sizeof registered_workloads[0]
};

#endif
