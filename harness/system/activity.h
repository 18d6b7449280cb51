#ifndef TIDEMARK_HARNESS_ACTIVITY_H
#define TIDEMARK_HARNESS_ACTIVITY_H

#include <stdint.h>
#include <sys/types.h>

struct reason;

/*
 * What a process tree has run so far, summed over its living threads (page faults: over
 * its living processes). The difference of two readings is what the tree did in between,
 * if no thread ended in between. Like footprint.h, this header is a seam to the operating
 * system.
 */
struct activity {
    uint64_t cpu_ns;  /* time on a processor, from schedstat */
    uint64_t wakeups; /* how often a thread went to sleep, so that it had to be woken */
    uint64_t minor_faults; /* page faults that needed no disk */
};

/* -errno with `reason`, and `ret` untouched, if a process cannot be read or the tree is
 * too large. A descendant that has ended is left out. */
int activity_read(pid_t root, struct activity *ret, struct reason *reason);

#endif
