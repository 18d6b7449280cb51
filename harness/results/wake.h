#ifndef TIDEMARK_HARNESS_WAKE_H
#define TIDEMARK_HARNESS_WAKE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The wake penalty: what it costs to have given memory back.
 *
 *     penalty = median wall time of the builds after an idle gap
 *               / median wall time of the warm builds
 *     faults  = median of their page faults - that of the warm builds
 *
 * A build is warm if it follows another without a gap. The first build of a process
 * counts as neither, since everything is new to it.
 */
struct wake_build {
    double wall_ns, minor_faults;
    double idle_ms; /* the gap before it; 0: none */
};

struct wake {
    double penalty, faults;
};

/* Builds in their order. False where there is no warm one or none after a gap. */
bool wake_of(const struct wake_build *builds, size_t n, struct wake *ret);

#endif
