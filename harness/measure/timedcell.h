#ifndef TIDEMARK_HARNESS_TIMEDCELL_H
#define TIDEMARK_HARNESS_TIMEDCELL_H

#include <jansson.h>

#include "plan.h"

struct child_use;
struct reason;

/*
 * One timed run: hyperfine runs a workload once, as a whole process, and nothing samples
 * it. (One call for each round and cell: hyperfine by itself would run all repeats of one
 * command before the next, and its memory figure is a maximum over all earlier children.)
 *
 * `folder` takes the two scratch files. `ret_use` gets what the process used, all 0 if it
 * had to be killed. Returns 0 with the journal record (the caller's),
 * which may tell of a failed cell; -EINTR if `*stop` was set meanwhile; another -errno
 * with `reason` if the harness itself failed (hyperfine missing, disk full).
 */
int timedcell_run(const struct plan *plan, const struct cell *cell, unsigned round,
                  const char *folder, const volatile int *stop, struct child_use *ret_use,
                  json_t **ret_record, struct reason *reason);

#endif
