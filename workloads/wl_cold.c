/*
 * cold: a process of some milliseconds, as a package manager's warm resolve is: the work
 * of resolve_case.h once, on a fresh heap.
 *
 * The claim: in such a process an allocator's start-up (reserving, threads' heaps, first
 * page faults) outweighs what it saves per call. Refuted where the order of the
 * allocators by time is the same as that of `warm`, which does the same work on a
 * warmed-up heap.
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
