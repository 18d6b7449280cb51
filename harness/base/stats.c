#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double stats_sort(double *values, size_t n) {
    qsort(values, n, sizeof *values, compare_doubles);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double stats_median(const double *values, size_t n) {
    double sorted[n];
    memcpy(sorted, values, n * sizeof *values);
    return stats_sort(sorted, n);
}

double stats_mad(const double *values, size_t n) {
    double median = stats_median(values, n);
    double deviations[n];
    for (size_t i = 0; i < n; i++)
        deviations[i] = fabs(values[i] - median);
    return 1.4826 * stats_sort(deviations, n);
}

size_t stats_outliers(const double *values, size_t n) {
    double median = stats_median(values, n), mad = stats_mad(values, n);
    size_t outliers = 0;
    for (size_t i = 0; mad > 0 && i < n; i++)
        outliers += fabs(values[i] - median) / mad > 3.5;
    return outliers;
}

void stats_order_interval(const double *values, size_t n, double confidence,
                          double *ret_low, double *ret_high) {
    double sorted[n];
    memcpy(sorted, values, n * sizeof *values);
    stats_sort(sorted, n);
    double probability = pow(0.5, (double)n), tail = probability;
    size_t k = 1;
    /* tail = P(at most k - 1 values lie below the median), Binomial(n, 1/2) */
    while (k < (n + 1) / 2) {
        probability *= (double)(n - k + 1) / (double)k;
        if (2 * (tail + probability) > 1 - confidence)
            break;
        tail += probability;
        k++;
    }
    *ret_low = sorted[k - 1];
    *ret_high = sorted[n - k];
}

void stats_ranks(const double *values, size_t n, double *ret_ranks) {
    for (size_t i = 0; i < n; i++) {
        size_t less = 0, equal = 0;
        for (size_t k = 0; k < n; k++) {
            less += values[k] < values[i];
            equal += values[k] == values[i];
        }
        ret_ranks[i] = (double)less + ((double)equal + 1) / 2;
    }
}

int stats_spearman(const double *a, const double *b, size_t n, double *ret) {
    if (n < 3)
        return -EINVAL;
    double x[n], y[n], mean = ((double)n + 1) / 2, xx = 0, yy = 0, xy = 0;
    stats_ranks(a, n, x);
    stats_ranks(b, n, y);
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
        xy += (x[i] - mean) * (y[i] - mean);
    }
    if (xx == 0 || yy == 0)
        return -EINVAL;
    *ret = xy / sqrt(xx * yy);
    return 0;
}
