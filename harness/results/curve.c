#include "curve.h"

#include <math.h>

/* When at least `share` of the excess at the end of the work is gone. */
static double time_until_gone(const struct curve_point *points, size_t n, double end,
                              double floor, double share) {
    double goal = end > floor ? (end - floor) * (1 - share) : 0;
    for (size_t i = 0; i < n; i++)
        if (points[i].bytes - floor <= goal)
            return points[i].s;
    return INFINITY;
}

static double excess(const struct curve_point *point, double floor) {
    return point->bytes > floor ? point->bytes - floor : 0;
}

struct curve curve_of(const struct curve_point *points, size_t n, double end_bytes,
                      double floor_bytes) {
    struct curve curve = {
        .t50_s = time_until_gone(points, n, end_bytes, floor_bytes, 0.5),
        .t90_s = time_until_gone(points, n, end_bytes, floor_bytes, 0.9),
        .residual_bytes = points[n - 1].bytes - floor_bytes,
    };
    for (size_t i = 1; i < n; i++)
        curve.area_byte_s +=
            (points[i].s - points[i - 1].s) *
            (excess(&points[i - 1], floor_bytes) + excess(&points[i], floor_bytes)) / 2;
    return curve;
}
