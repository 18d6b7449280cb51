/* sequential: the control of `interleave`: the same blocks, but the large ones first. */
#include "collect_case.h"

static void build(const struct run *run) {
    collect_case_build(run, 0);
}

const struct workload wl_sequential = {
    .name = "sequential",
    .builds = 1,
    .setup = collect_case_setup,
    .build = build,
    .visit = collect_case_visit,
};
