#ifndef TIDEMARK_HARNESS_WATCH_H
#define TIDEMARK_HARNESS_WATCH_H

#include <jansson.h>

#include "watchspec.h"

struct reason;

/*
 * Runs one program (or attaches to one process) and follows its whole process tree until
 * its last idle checkpoint. Then it ends the processes that it started. It also ends them
 * if `*stop` is set or something fails. It does not end an attached process.
 *
 * The record is of kind "watch" (docs/watch.md), and has what was measured before a
 * fault. The caller owns it. -errno with `reason` if the watcher itself could not go on.
 */
int watch_run(const struct watch_spec *spec, const struct watch_subject *subject,
              unsigned round, const volatile int *stop, json_t **ret_record,
              struct reason *reason);

#endif
