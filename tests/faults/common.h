#ifndef TIDEMARK_TESTS_FAULTS_COMMON_H
#define TIDEMARK_TESTS_FAULTS_COMMON_H

#include "workload.h"

/*
 * Sound work, to which most workloads of this folder add a fault: 1,000 blocks of 4 KiB.
 * Every tenth block stays.
 */
void common_setup(const struct run *run);
void common_build(const struct run *run);
void common_visit(block_visitor *visit, void *context);

/* Defines the workload: only its build differs. */
#define COMMON_WORKLOAD(its_name, its_build)                                             \
    const struct workload wl_##its_name = {.name = #its_name,                            \
                                           .builds = 1,                                  \
                                           .setup = common_setup,                        \
                                           .build = its_build,                           \
                                           .visit = common_visit}

#endif
