/*
 * interleave: one large block after every 400 small ones; then the small ones are freed.
 *
 * The claim, from a bug report about mimalloc 2.0.9: in this order an explicit collect
 * leaves 319.9 MiB, in the sequential order 6.4 MiB (the large blocks' own size). Holds
 * for an allocator if its footprint after collect is far above that of `sequential`. The
 * numbers are the report's: 200 large and 100,000 small blocks, with 400 small ones
 * between two large ones. So the last large block comes after the 80,000th small one.
 */
#include "collect_case.h"

static void build(const struct run *run) {
    collect_case_build(run, 400);
}

const struct workload wl_interleave = {
    .name = "interleave",
    .builds = 1,
    .setup = collect_case_setup,
    .build = build,
    .visit = collect_case_visit,
};
