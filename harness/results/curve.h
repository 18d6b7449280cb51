#ifndef TIDEMARK_HARNESS_CURVE_H
#define TIDEMARK_HARNESS_CURVE_H

#include <stddef.h>

/*
 * A return curve in four figures. With the level
 *
 *     floor = baseline + page floor,    excess(t) = footprint(t) - floor
 *
 * which no allocator can go below if it neither moves nor shares memory:
 *
 *     t50, t90   the first sample at which at least 50 % (90 %) of the excess at the end
 *                of the work is gone; INFINITY where that does not happen within the
 *                window
 *     residual   excess at the end of the window; it can be below 0, since the page floor
 *                counts pages that were never written
 *     area       integral of max(excess, 0) over the window, by the trapezoid rule: what
 *                the memory that is kept costs, in byte seconds
 */
struct curve {
    double t50_s, t90_s;
    double residual_bytes;
    double area_byte_s;
};

struct curve_point {
    double s, bytes; /* since the idle period began; footprint */
};

/*
 * `n` > 0 points in the order of time. `end_bytes` is the footprint at the end of the
 * work. A collect call before the first point can have changed it.
 */
struct curve curve_of(const struct curve_point *points, size_t n, double end_bytes,
                      double floor_bytes);

#endif
