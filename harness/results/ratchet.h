#ifndef TIDEMARK_HARNESS_RATCHET_H
#define TIDEMARK_HARNESS_RATCHET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The ratchet: how much a process grows with every build. Each idle gap is a point: the
 * footprint at its end, and the number of the build before it. The ratchet is the median
 * of the slopes between all pairs of points (Theil 1950, Sen 1968), so one strange gap
 * does not bend it. Its interval comes from the rounds (summary.h).
 */
struct ratchet_point {
    double build, bytes;
};

/* Bytes a build. False if all points have the same build, or without memory. */
bool ratchet_of(const struct ratchet_point *points, size_t n, double *ret_bytes);

#endif
