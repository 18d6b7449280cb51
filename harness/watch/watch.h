#ifndef TIDEMARK_HARNESS_WATCH_H
#define TIDEMARK_HARNESS_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "watchspec.h"

struct reason;

/*
 * Who is told that the program has become idle, or is no longer: idle is one whose work
 * is over, of which no checkpoint by a line or by time is still to come, and which uses
 * less than WATCH_CALM_PERCENT of a processor. `peak` is its highest footprint so far.
 */
struct watch_listener {
    void (*tell)(void *context, bool is_idle, uint64_t peak);
    void *context;
};

enum { WATCH_CALM_PERCENT = 5, WATCH_CALM_S = 3 };

/* The variable that has a free port, another one for each program: for it, and for what
 * drives it. */
#define WATCH_PORT "TIDEMARK_PORT"

/*
 * Runs one program (or attaches to one process) and follows its whole process tree until
 * its last idle checkpoint. Then it ends the processes that it started. It also ends them
 * if `*stop` is set or something fails. It does not end an attached process.
 *
 * With a listener others may work while this program is idle, and it is then sampled no
 * more often than each second. It may be NULL.
 *
 * The record is of kind "watch" (docs/watch.md), and has what was measured before a
 * fault. The caller owns it. -errno with `reason` if the watcher itself could not go on.
 */
int watch_run(const struct watch_spec *spec, const struct watch_subject *subject,
              unsigned round, const struct watch_listener *listener,
              const volatile int *stop, json_t **ret_record, struct reason *reason);

#endif
