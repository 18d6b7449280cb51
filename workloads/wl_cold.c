/*
 * cold: a process of some milliseconds, like a package manager's resolve with a warm
 * cache. It does the work of resolve_case.h once, on a fresh heap.
 *
 * The claim: in such a process an allocator's start-up (reserving, threads' heaps, first
 * page faults) outweighs what it saves per call. Refuted if the allocators have the same
 * order by time as in `warm`, which does the same work on a heap that has been used.
 */
#include "resolve_case.h"

const struct workload wl_cold = {
    .name = "cold",
    .builds = 1,
    .survivors = 5,
    .setup = resolve_case_setup,
    .build = resolve_case_build,
    .visit = resolve_case_visit,
};
