#include "controls.h"

#include <math.h>
#include <string.h>

#include "compare.h"
#include "stats.h"
#include "student.h"

static bool is_of(const struct comparison *c, const struct compare_control *control) {
    return strcmp(c->measure, control->measure) == 0;
}

/* Lists the controls among the cells of a measure: `ret` gets their indices in
 * result->comparisons. Returns how many. */
static size_t list_cells(const struct compare_result *result, bool everything,
                         const struct compare_control *control,
                         const struct judge_sample *samples, size_t *ret) {
    size_t n = 0;
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        if ((c->is_control || everything) && !comparison_is_total(c) &&
            is_of(c, control) && samples[i].error_df > 0)
            ret[n++] = i;
    }
    return n;
}

/*
 * By how much the cells differ from `drift`, over what their errors and `between`
 * explain. Each cell's squared distance is divided by the one that half of such cells
 * would exceed; the result is the median of these ratios. n / (n - 1) makes up for a
 * drift that is estimated from the same cells.
 */
static double excess(const double *differences, const struct judge_sample *samples,
                     const size_t *cells, size_t n, double drift, double between) {
    double ratios[n];
    for (size_t i = 0; i < n; i++) {
        const struct judge_sample *s = &samples[cells[i]];
        double square = (differences[i] - drift) * (differences[i] - drift);
        double expected = student_quantile(0.5, s->error_df);
        double variance = s->error * s->error + between * between;
        ratios[i] = square / (variance * expected * expected);
    }
    return stats_median(ratios, n) * (double)n / ((double)n - 1);
}

/*
 * Estimates a cell's deviation between two runs: with it, the median cell differs by as
 * much as it should (as in genomic control, Devlin & Roeder 1999). It is the median,
 * because a single control may differ for a reason of its own. The bisection relies on
 * this: the excess falls as the deviation grows.
 */
static double between_runs(const double *differences, const struct judge_sample *samples,
                           const size_t *cells, size_t n, double drift) {
    double low = 0, high = 1;
    if (excess(differences, samples, cells, n, drift, 0) <= 1)
        return 0;
    while (excess(differences, samples, cells, n, drift, high) > 1)
        high *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (excess(differences, samples, cells, n, drift, middle) > 1)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/*
 * Corrects a sample by the controls: subtracts the drift, and adds the deviation between
 * runs and the drift's own error to the error. The deviation is an estimate, too. A
 * median of squares of normal values is worth 0.37 degrees of freedom per value
 * (Rousseeuw & Croux 1993, on the MAD). It counts by its share of the variance
 * (Satterthwaite 1946).
 */
static void use_on(struct judge_sample *s, const struct compare_control *control,
                   double drift, double drift_error) {
    double rounds = s->error * s->error, between = control->between * control->between;
    double share = between / (rounds + between);
    s->difference -= drift;
    s->rank_difference -= drift;
    s->error = sqrt(rounds + between + drift_error * drift_error);
    s->error_df = 1 / ((1 - share) * (1 - share) / s->error_df +
                       share * share / (0.37 * (double)control->count));
}

/* The mean of the cells, each weighted by the inverse of its variance. A cell that varies
 * by a tenth from round to round says little about what one more page means to all cells.
 * `ret_error` is the standard error of the mean. */
static double weighted_mean(const double *values, const struct judge_sample *samples,
                            const size_t *cells, size_t n, double between,
                            double *ret_error) {
    double sum = 0, weights = 0;
    for (size_t i = 0; i < n; i++) {
        const struct judge_sample *s = &samples[cells[i]];
        double weight = 1 / (s->error * s->error + between * between);
        sum += weight * values[i];
        weights += weight;
    }
    *ret_error = sqrt(1 / weights);
    return sum / weights;
}

/* Finds the drift of the measured figures, before any correction, and whether it exceeds
 * the cells' mean tolerance. */
static void find_drift(const struct compare_result *result,
                       const struct judge_sample *samples, const size_t *cells, size_t n,
                       struct compare_control *control) {
    double raw[n], tolerance = 0, error;
    for (size_t i = 0; i < n; i++) {
        raw[i] = result->comparisons[cells[i]].shift;
        tolerance += result->comparisons[cells[i]].tolerance / (double)n;
    }
    double between = between_runs(raw, samples, cells, n, stats_median(raw, n));
    double mean = weighted_mean(raw, samples, cells, n, between, &error);
    control->drift = exp(mean);
    control->moved =
        fabs(mean) > log1p(tolerance) && student_p(mean / error, (double)n - 1) <= 0.01;
}

static void use_measure(struct compare_result *result, bool everything,
                        struct compare_control *control, struct judge_sample *samples) {
    size_t cells[result->count + 1];
    size_t n = list_cells(result, everything, control, samples, cells);
    control->count = n;
    if (n < CONTROLS_LEAST)
        return;
    double differences[n], error;
    for (size_t i = 0; i < n; i++)
        differences[i] = samples[cells[i]].difference;
    double drift = stats_median(differences, n);
    control->between = between_runs(differences, samples, cells, n, drift);
    drift = weighted_mean(differences, samples, cells, n, control->between, &error);
    find_drift(result, samples, cells, n, control);
    for (size_t i = 0; i < result->count; i++)
        if (is_of(&result->comparisons[i], control) && samples[i].error_df > 0)
            use_on(&samples[i], control, drift, error);
}

/* Moderates the totals of a measure, or its cells: these are alike. */
static void moderate(const struct compare_result *result,
                     const struct compare_control *control, bool totals,
                     struct judge_sample *samples) {
    struct judge_sample *alike[result->count + 1];
    size_t n = 0;
    for (size_t i = 0; i < result->count; i++)
        if (comparison_is_total(&result->comparisons[i]) == totals &&
            is_of(&result->comparisons[i], control))
            alike[n++] = &samples[i];
    judge_moderate(alike, n);
}

void controls_use(struct compare_result *result, bool everything,
                  struct judge_sample *samples) {
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        if (controls_of(result, c)->measure[0])
            continue;
        struct compare_control *control = &result->controls[result->control_count++];
        *control = (struct compare_control){.drift = 1};
        memcpy(control->measure, c->measure, sizeof control->measure);
        moderate(result, control, true, samples);
        moderate(result, control, false, samples);
        if (!result->same_run)
            use_measure(result, everything, control, samples);
    }
}

const struct compare_control *controls_of(const struct compare_result *result,
                                          const struct comparison *comparison) {
    static const struct compare_control none = {.drift = 1};
    for (size_t i = 0; i < result->control_count; i++)
        if (is_of(comparison, &result->controls[i]))
            return &result->controls[i];
    return &none;
}
