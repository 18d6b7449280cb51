#ifndef TIDEMARK_HARNESS_WATCH_H
#define TIDEMARK_HARNESS_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "watchspec.h"

/*
 * News of a watched program: it has become idle, or it no longer is. A program is idle if
 * its work is over, no checkpoint by a line of output or by time is still to come, and it
 * used less than WATCH_CALM_PERCENT of a processor over WATCH_CALM_S. `peak` is its
 * highest footprint so far, bytes.
 */
struct watch_news {
    bool is_idle;
    uint64_t peak;
};

enum { WATCH_CALM_PERCENT = 5, WATCH_CALM_S = 3 };

/* The environment variable that gives the program and its driver a free port. Every round
 * gets another port. */
#define WATCH_PORT "TIDEMARK_PORT"

/*
 * Runs one program (or attaches to one process) and follows its whole process tree until
 * its last idle checkpoint. Then it ends the processes that it started. It also ends them
 * if `*stop` is set or something fails. It does not end an attached process.
 *
 * `news` is a descriptor that receives the news, as a struct watch_news each; -1: none.
 * With news other programs may work while this one is idle. While it is idle it is then
 * sampled at most once a second.
 *
 * Returns the record, which is of kind "watch" (docs/watch.md). If the program failed,
 * the record has the fault and what was measured before it. The caller owns the record.
 */
json_t *watch_run(const struct watch_spec *spec, const struct watch_subject *subject,
                  unsigned round, int news, const volatile int *stop);

#endif
