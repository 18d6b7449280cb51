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
 * Watches many programs, of which one at a time works while others sit idle. Each has a
 * watcher of its own, a process forked for it: so each is the subreaper of what it has
 * started, and whose an orphan is stays certain. A watcher says over a pipe when its
 * program is idle, and hands over its record.
 *
 *     idle FOOTPRINT     its highest footprint so far, in bytes
 *     busy
 *     record JSON
 *     error NUMBER TEXT
 *
 * The next program starts when every other is idle, fewer than `idle_limit` are, and the
 * memory that is available has room for half as much again as the largest peak seen,
 * beside the reserve. Where nothing else runs it always starts.
 */
enum { WATCHPOOL_LIMIT_MAX = 64, WATCHPOOL_LIMIT = 16 };

struct watch_job {
    const struct watch_spec *spec;
    const struct watch_subject *subject;
    unsigned round;
    bool overlaps; /* others may work while it is idle; else it runs alone */
};

struct watch_pool {
    unsigned idle_limit;   /* programs at once; 1: one after another */
    uint64_t reserve;      /* bytes that stay available */
    uint64_t largest_peak; /* of all programs so far; 0 before the first */
    void *context;
    void (*starts)(void *context, const struct watch_job *job);
    /* Takes a record over; an error ends the pool. After `*stop` the records of what was
     * interrupted come, too. */
    int (*takes)(void *context, const struct watch_job *job, json_t *record,
                 struct reason *reason);
};

/* What stays available if nothing else is said: an eighth of all, at most 2 GiB. */
uint64_t watchpool_reserve(void);

/* Watches all jobs, in their order. -EINTR after `*stop`; -errno with `reason`, from
 * takes(), too. No watcher is left in any case. */
int watchpool_run(struct watch_pool *pool, const struct watch_job *jobs, size_t count,
                  const volatile int *stop, struct reason *reason);

#endif
