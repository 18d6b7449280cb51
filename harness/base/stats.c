/* See stats.h. */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

enum { RESAMPLES = 10000 };

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of_sorted(const double *sorted, size_t n) {
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Sorts a copy that the caller has room for. */
static double median_in(double *scratch, const double *values, size_t n) {
    memcpy(scratch, values, n * sizeof *values);
    qsort(scratch, n, sizeof *scratch, compare_doubles);
    return median_of_sorted(scratch, n);
}

double stats_median(const double *values, size_t n) {
    double scratch[n];
    return median_in(scratch, values, n);
}

static double unscaled_mad(const double *values, size_t n) {
    double median = stats_median(values, n);
    double deviations[n];
    for (size_t i = 0; i < n; i++)
        deviations[i] = fabs(values[i] - median);
    return stats_median(deviations, n);
}

double stats_mad(const double *values, size_t n) {
    return 1.4826 * unscaled_mad(values, n);
}

size_t stats_outliers(const double *values, size_t n) {
    double median = stats_median(values, n), mad = unscaled_mad(values, n);
    size_t outliers = 0;
    for (size_t i = 0; mad > 0 && i < n; i++)
        outliers += fabs(0.6745 * (values[i] - median) / mad) > 3.5;
    return outliers;
}

static double standard_deviation(const double *values, size_t n) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
}

int stats_bootstrap_median(const double *values, size_t n, double confidence,
                           uint64_t seed, struct stats_interval *ret) {
    double *medians = malloc(RESAMPLES * sizeof *medians);
    double *resample = malloc(n * sizeof *resample);
    if (!medians || !resample) {
        free(medians);
        free(resample);
        return -ENOMEM;
    }
    struct rng rng;
    rng_seed(&rng, seed);
    for (size_t i = 0; i < RESAMPLES; i++) {
        for (size_t k = 0; k < n; k++)
            resample[k] = values[rng_below(&rng, n)];
        qsort(resample, n, sizeof *resample, compare_doubles);
        medians[i] = median_of_sorted(resample, n);
    }
    qsort(medians, RESAMPLES, sizeof *medians, compare_doubles);
    size_t tail = (size_t)((1 - confidence) / 2 * RESAMPLES);
    ret->median = stats_median(values, n);
    ret->low = medians[tail];
    ret->high = medians[RESAMPLES - 1 - tail];
    ret->standard_error = standard_deviation(medians, RESAMPLES);
    free(medians);
    free(resample);
    return 0;
}

void stats_order_interval(const double *values, size_t n, double confidence,
                          double *ret_low, double *ret_high) {
    double sorted[n];
    memcpy(sorted, values, n * sizeof *values);
    qsort(sorted, n, sizeof *sorted, compare_doubles);
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

static void widen_to_exact(const double *values, size_t n, double confidence,
                           struct stats_interval *interval) {
    double low, high;
    stats_order_interval(values, n, confidence, &low, &high);
    interval->low = fmin(interval->low, low);
    interval->high = fmax(interval->high, high);
}

static enum stats_verdict judge(const struct stats_interval *ratio, size_t pairs,
                                double tolerance) {
    if (pairs < STATS_PAIRS_MIN)
        return STATS_INCONCLUSIVE;
    double lowest_same = 1 / (1 + tolerance), highest_same = 1 + tolerance;
    if (ratio->low >= lowest_same && ratio->high <= highest_same)
        return STATS_SAME;
    if (ratio->high < 1 && ratio->median < lowest_same)
        return STATS_BETTER;
    if (ratio->low > 1 && ratio->median > highest_same)
        return STATS_WORSE;
    return STATS_INCONCLUSIVE;
}

/*
 * An interval narrows with the square root of the number of pairs. To decide, its half
 * must fit between the median and the tolerance's edge, or between the median and 1.
 * Where the median lies on the edge no number decides soon; a tenth of the tolerance
 * stands for that.
 */
static size_t pairs_needed(size_t pairs, double median, double half_width,
                           double tolerance) {
    double distance = fabs(median - 1);
    double room = distance < tolerance ? tolerance - distance : distance;
    double factor = half_width / fmax(room, tolerance / 10);
    double needed = ceil((double)pairs * fmax(factor * factor, 1));
    if (needed < STATS_PAIRS_MIN)
        return STATS_PAIRS_MIN;
    return needed < 1e6 ? (size_t)needed : 1000000;
}

int stats_compare(const double *variant, const double *reference, size_t n,
                  double tolerance, uint64_t seed, struct stats_comparison *ret) {
    if (n == 0 || tolerance <= 0)
        return -EINVAL;
    double ratios[n];
    for (size_t i = 0; i < n; i++) {
        if (!(reference[i] > 0))
            return -EINVAL;
        ratios[i] = variant[i] / reference[i];
    }
    struct stats_comparison comparison = {.pairs = n};
    int error = stats_bootstrap_median(ratios, n, 0.95, seed, &comparison.ratio);
    if (error)
        return error;
    widen_to_exact(ratios, n, 0.95, &comparison.ratio);
    const struct stats_interval *ratio = &comparison.ratio;
    comparison.verdict = judge(ratio, n, tolerance);
    comparison.smallest_visible =
        fmax(ratio->high - ratio->median, ratio->median - ratio->low) / ratio->median;
    comparison.pairs_needed =
        pairs_needed(n, ratio->median, comparison.smallest_visible, tolerance);
    *ret = comparison;
    return 0;
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

const char *stats_verdict_name(enum stats_verdict verdict) {
    static const char *const names[] = {
        [STATS_NONE] = "-",
        [STATS_SAME] = "same",
        [STATS_BETTER] = "better",
        [STATS_WORSE] = "worse",
        [STATS_INCONCLUSIVE] = "inconclusive",
    };
    return names[verdict];
}
