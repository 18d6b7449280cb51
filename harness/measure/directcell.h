#ifndef TIDEMARK_HARNESS_DIRECTCELL_H
#define TIDEMARK_HARNESS_DIRECTCELL_H

#include <jansson.h>

#include "plan.h"

struct child_use;
struct reason;

/*
 * One run of a workload that is not timed, since its measurement would disturb the time.
 * Nothing else runs meanwhile. Latency: the workload times each of its calls
 * (workloads/latency.h). Syscalls: strace counts the system calls of the whole process,
 * its start included. Instructions: valgrind counts those of the whole process. Arguments
 * and results are those of timedcell_run().
 */
int directcell_run(const struct plan *plan, const struct cell *cell, unsigned round,
                   const char *folder, const volatile int *stop,
                   struct child_use *ret_use, json_t **ret_record, struct reason *reason);

#endif
