#include "ratchet.h"

#include <stdlib.h>

#include "stats.h"

bool ratchet_of(const struct ratchet_point *points, size_t n, double *ret_bytes) {
    double *slopes = calloc(n * n / 2 + 1, sizeof *slopes);
    size_t found = 0;
    for (size_t i = 0; slopes && i < n; i++)
        for (size_t k = i + 1; k < n; k++) {
            double builds = points[k].build - points[i].build;
            if (builds != 0)
                slopes[found++] = (points[k].bytes - points[i].bytes) / builds;
        }
    if (found)
        *ret_bytes = stats_median(slopes, found);
    free(slopes);
    return found > 0;
}
