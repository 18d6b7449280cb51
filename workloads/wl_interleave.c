/*
 * interleave: one large block after every 400 small ones; then the small ones are freed.
 *
 * The claim, made of mimalloc 2.0.9 in a bug report: with this order an explicit collect
 * leaves 319.9 MiB where the sequential order leaves 6.4 MiB (the large blocks' own
 * size). Holds for an allocator whose footprint after collect is far above
 * `sequential`'s. The report's figures are 200 large and 100,000 small blocks with 400
 * between two: after the 80,000th small block the large ones are all there, and the last
 * 20,000 follow alone.
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
