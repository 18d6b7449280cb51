/*
 * warm: the work of `cold` again and again in one process. All builds except the first
 * find a heap that has been used, so they show the allocator's cost without its start-up.
 *
 * wl_cold.c states the claim. If later builds have as many page faults as the first, the
 * allocator gave back memory that it needed again.
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
