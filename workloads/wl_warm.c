/*
 * warm: the work of `cold` again and again in one process, so that all builds but the
 * first find a heap that is warmed up: what the allocator costs without its start-up.
 *
 * The claim that it tests with `cold` is told there. Where builds after the first still
 * fault pages in as the first does, the allocator gave back what it needed again.
 */
#include "resolve_case.h"

const struct workload wl_warm = {
    .name = "warm",
    .builds = 30,
    .survivors = 5,
    .setup = resolve_case_setup,
    .build = resolve_case_build,
    .visit = resolve_case_visit,
};
