/*
 * rebuild: the builds of `bundle`, a dozen in one process, with an idle gap before every
 * other one.
 *
 * The claims: a development server's footprint grows with every rebuild (a ratchet); and
 * if an allocator gives memory back while idle, the next build is slower. The first is
 * refuted for an allocator if the footprints at the ends of the gaps do not rise from
 * build to build; the second, if builds after a gap take as long as the others.
 */
#include <stddef.h>

#include "workload.h"

extern const struct workload wl_bundle;

enum { GAP };

static struct option options[] = {
    [GAP] = {"gap", 1500, 1, 600000, "idle time before every other build, milliseconds"},
    {0},
};

static void setup(const struct run *run) {
    wl_bundle.setup(run);
}

static void build(const struct run *run) {
    wl_bundle.build(run);
}

static void visit(block_visitor *visitor, void *context) {
    wl_bundle.visit(visitor, context);
}

/* The second build has no gap before it: it is the first warm build, and must not be a
 * wake-up. */
static unsigned gap(const struct run *run) {
    return run->build >= 3 && run->build % 2 == 1 ? (unsigned)options[GAP].value : 0;
}

const struct workload wl_rebuild = {
    .name = "rebuild",
    .builds = 13,
    .survivors = 9.7,
    .options = options,
    .setup = setup,
    .build = build,
    .gap = gap,
    .visit = visit,
};
