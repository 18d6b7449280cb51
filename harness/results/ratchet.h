#ifndef TIDEMARK_HARNESS_RATCHET_H
#define TIDEMARK_HARNESS_RATCHET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The ratchet: how much a process grows with every build, as the slope of its footprint
 * at the ends of its idle gaps over the number of the build before them. The slope is the
 * median of those between all pairs of points (Theil 1950, Sen 1968), which one strange
 * gap does not bend. Its interval comes from the rounds (summary.h).
 */
struct ratchet_point {
    double build, bytes;
};

/* Bytes a build. False where two points with different builds are not there. */
bool ratchet_of(const struct ratchet_point *points, size_t n, double *ret_bytes);

#endif
