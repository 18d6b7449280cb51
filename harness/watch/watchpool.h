#ifndef TIDEMARK_HARNESS_WATCHPOOL_H
#define TIDEMARK_HARNESS_WATCHPOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reason;
struct watch_spec;
struct watch_subject;

/*
 * Watches many programs. One program at a time works, while others sit idle. Each has its
 * own watcher: the pool forks a process for it. The watcher is the subreaper of what it
 * starts, so it is certain which program an orphan belongs to. Each watcher writes its
 * news (watch.h) into a pipe, and at its end the record into a memory file.
 *
 * The next program starts if all of these hold: every other program is idle; there are
 * fewer than `idle_limit`; and the available memory less `reserve` is at least one and a
 * half times the largest peak seen. If nothing else runs, the next program always starts.
 */
enum { WATCHPOOL_LIMIT_MAX = 64, WATCHPOOL_LIMIT = 16 };

struct watch_job {
    const struct watch_spec *spec;
    const struct watch_subject *subject;
    unsigned round;
    bool overlaps; /* others may work while it is idle; false: it runs alone */
};

struct watch_pool {
    unsigned idle_limit;   /* most programs at once, up to WATCHPOOL_LIMIT_MAX; 1: one
                              after another */
    uint64_t reserve;      /* bytes of available memory to leave free */
    uint64_t largest_peak; /* the highest footprint so far, bytes; 0 before the first */
    void *context;         /* passed to the two functions */
    /* Called before a job starts. */
    void (*starts)(void *context, const struct watch_job *job);
    /* Takes over a record. If it returns an error, the pool ends. After `*stop` it also
     * gets the records of interrupted jobs. */
    int (*takes)(void *context, const struct watch_job *job, json_t *record,
                 struct reason *reason);
};

/* The default of `reserve`: an eighth of the machine's memory, at most 2 GiB. */
uint64_t watchpool_reserve(void);

/* Watches all jobs, in their order. -EINTR after `*stop`. Otherwise 0, or -errno with
 * `reason`, for example the error of takes(). No watcher is left in any case. */
int watchpool_run(struct watch_pool *pool, const struct watch_job *jobs, size_t count,
                  const volatile int *stop, struct reason *reason);

#endif
