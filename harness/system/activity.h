#ifndef TIDEMARK_HARNESS_ACTIVITY_H
#define TIDEMARK_HARNESS_ACTIVITY_H

#include <stdint.h>
#include <sys/types.h>

struct reason;

/*
 * What a process tree has run so far, summed over its living threads (page faults: over
 * its processes). The difference of two readings is what the tree did in between. Like
 * footprint.h, this header is a seam to the operating system.
 */
struct activity {
    uint64_t cpu_ns;       /* time on a processor (schedstat) */
    uint64_t wakeups;      /* times that a thread went to sleep by itself, so was woken */
    uint64_t minor_faults; /* page faults that needed no disk, of living processes */
};

/* -errno with `reason` if the tree or an entry cannot be read; `ret` is untouched then.
 */
int activity_read(pid_t root, struct activity *ret, struct reason *reason);

#endif
