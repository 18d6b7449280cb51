#ifndef TIDEMARK_HARNESS_LATENCYCELL_H
#define TIDEMARK_HARNESS_LATENCYCELL_H

#include <jansson.h>

#include "plan.h"

struct reason;

/*
 * One latency run: the workload times each of its calls (workloads/latency.h) and reports
 * percentiles. A run of its own, with nothing else running, of which no other time is
 * taken. Arguments and results as of timedcell_run().
 */
int latencycell_run(const struct plan *plan, const struct cell *cell, unsigned round,
                    const char *folder, const volatile int *stop, json_t **ret_record,
                    struct reason *reason);

#endif
