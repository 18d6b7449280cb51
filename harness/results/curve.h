#ifndef TIDEMARK_HARNESS_CURVE_H
#define TIDEMARK_HARNESS_CURVE_H

#include <stddef.h>

/*
 * A return curve in four figures. An allocator that neither moves nor shares memory
 * cannot go below the floor:
 *
 *     floor = baseline + page floor,    excess(t) = footprint(t) - floor
 *
 *     t50, t90   the first sample at which at least 50 % (90 %) of the excess at the end
 *                of the work is gone; INFINITY if that does not happen within the window
 *     residual   excess at the end of the window; it can be below 0, since the page floor
 *                counts pages that were never written
 *     area       integral of max(excess, 0) over the window, by the trapezoid rule: the
 *                cost of the memory that is kept, in byte seconds
 */
struct curve {
    double t50_s, t90_s;
    double residual_bytes;
    double area_byte_s;
};

struct curve_point {
    double s, bytes; /* seconds since the idle period began; the footprint */
};

/*
 * `n` > 0 points in the order of time. `end_bytes` is the footprint at the end of the
 * work. The first point can differ from it, since a collect call can come before that
 * point.
 */
struct curve curve_of(const struct curve_point *points, size_t n, double end_bytes,
                      double floor_bytes);

#endif
