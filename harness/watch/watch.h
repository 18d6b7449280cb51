#ifndef TIDEMARK_HARNESS_WATCH_H
#define TIDEMARK_HARNESS_WATCH_H

#include <jansson.h>

#include "watchspec.h"

struct reason;

/*
 * Runs one program (or attaches to one process) and follows its whole process tree until
 * its last idle checkpoint. Processes that it started are ended then, and also where
 * `*stop` is set or something fails; an attached one is left alone.
 *
 * The record is of kind "watch" (docs/watch.md); what was measured before a fault is in
 * it. The caller owns it. -errno with `reason` where the watcher itself could not go on.
 */
int watch_run(const struct watch_spec *spec, const struct watch_subject *subject,
              unsigned round, const volatile int *stop, json_t **ret_record,
              struct reason *reason);

#endif
