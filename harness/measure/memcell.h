#ifndef TIDEMARK_HARNESS_MEMCELL_H
#define TIDEMARK_HARNESS_MEMCELL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "child.h"
#include "footprint.h"
#include "plan.h"

/*
 * One memory run: it follows a workload from outside, from its start to the end of its
 * idle period. Events drive it, since many workloads are idle at the same time. The
 * runner calls memcell_on_readable() when `fd` is readable, and memcell_on_deadline()
 * when `due_ns` has passed, until `state` is MEMCELL_OVER.
 *
 *     ACTIVE -- "idle" line --> IDLE -- window over, "go" sent --> LEAVING
 *     any of these -- end of file --> ENDING -- the process has ended --> OVER
 *     any state -- a fault --> OVER; memcell_finish() kills the process
 */
enum memcell_state {
    MEMCELL_ACTIVE,
    MEMCELL_IDLE,
    MEMCELL_LEAVING,
    MEMCELL_ENDING,
    MEMCELL_OVER
};

struct memcell {
    const struct plan *plan;
    struct cell cell;
    enum memcell_state state;
    enum memcell_state phase; /* of MEMCELL_ENDING: the state before it */
    struct child child;
    int fd; /* the harness's end of the socket; while ENDING child_open_handle() */
    size_t buffered;
    char buffer[4096]; /* the beginning of an incomplete line */

    uint64_t started_ns, idle_from_ns;
    uint64_t due_ns;         /* when memcell_on_deadline() is, by clock_now_ns() */
    uint64_t next_sample_ms; /* of the idle period */
    uint64_t active_ns;
    bool said_hello, said_start, said_result, said_end, said_done;

    uint64_t peak_sampled; /* the highest footprint of the samples */
    uint64_t peak_kept;    /* the highest footprint by the kernel's peaks; 0: unknown */
    uint64_t peak_rss;     /* VmHWM, the highest of the samples */
    uint64_t most_file;    /* the most resident bytes of files since the last reset */
    bool peak_is_clean;    /* the kernel's peak since then can serve as a footprint */
    bool in_census;        /* the workload counts its blocks; `last` is from before */
    struct footprint last;
    bool knows_activity; /* `activity_at_idle` is set */
    struct activity activity_at_idle;
    json_t *record; /* grows as the cell goes; owned */
};

/* Starts the workload. If that fails, the cell is over and has a fault. */
void memcell_start(struct memcell *ret, const struct plan *plan, const struct cell *cell,
                   unsigned round);

void memcell_on_readable(struct memcell *memcell);

void memcell_on_deadline(struct memcell *memcell);

/* The highest footprint so far: of the samples, and of what the kernel has kept. */
uint64_t memcell_peak(const struct memcell *memcell);

/* Whether it works, or is ending before its idle period. */
bool memcell_is_active(const struct memcell *memcell);

/*
 * Ends the process if it still runs, frees what the cell holds, and returns its journal
 * record (the caller's). A cell that is not over is dropped: its record is NULL.
 */
json_t *memcell_finish(struct memcell *memcell);

/*
 * The instant, in ms of idle time, of the sample after the one at `previous_ms`; the last
 * is at `idle_ms`. Samples are dense at first, since that is when memory is given back.
 */
uint64_t memcell_next_sample_ms(uint64_t previous_ms, uint64_t idle_ms);

#endif
