#ifndef TIDEMARK_HARNESS_SINGLECELL_H
#define TIDEMARK_HARNESS_SINGLECELL_H

#include <jansson.h>

#include "plan.h"

struct child_use;
struct reason;

/*
 * One run of a workload as a whole process, with nothing else running and nothing that
 * samples it.
 *
 * Timed: hyperfine runs it once. (One call for each round and cell: hyperfine by itself
 * would run all repeats of one command before the next, and its memory figure is a
 * maximum over all earlier children.) Latency: the workload times each of its calls
 * (workloads/latency.h). Syscalls: strace counts the system calls of the whole process,
 * its start included. Instructions: valgrind counts those of the whole process.
 *
 * `folder` takes the two scratch files. `ret_use` gets what the process used, all 0 if it
 * had to be killed. Returns 0 with the journal record (the caller's), which may tell of a
 * failed cell; -EINTR if `*stop` was set meanwhile; another -errno with `reason` if the
 * harness itself failed (hyperfine missing, disk full).
 */
int singlecell_run(const struct plan *plan, const struct cell *cell, unsigned round,
                   const char *folder, const volatile int *stop,
                   struct child_use *ret_use, json_t **ret_record, struct reason *reason);

#endif
