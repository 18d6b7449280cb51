#include "compare_parts.h"

#include <math.h>
#include <string.h>

#include "stats.h"
#include "student.h"

/* Lists the controls among the cells of a measure. Returns how many. */
static size_t list_cells(const struct compare_result *result, bool everything,
                         size_t measure, const struct comparison *ret[]) {
    size_t n = 0;
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        if ((c->is_control || everything) && !comparison_is_total(c) &&
            c->control == measure && c->sample.error_df > 0)
            ret[n++] = c;
    }
    return n;
}

/*
 * By how much the cells differ from `drift`, over what their errors and `between`
 * explain. Each cell's squared distance is divided by the one that half of such cells
 * would exceed; the result is the median of these ratios. n / (n - 1) makes up for a
 * drift that is estimated from the same cells.
 */
static double excess(const double *differences, const struct comparison *const cells[],
                     size_t n, double drift, double between) {
    double ratios[n];
    for (size_t i = 0; i < n; i++) {
        const struct judge_sample *s = &cells[i]->sample;
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
static double between_runs(const double *differences,
                           const struct comparison *const cells[], size_t n) {
    double low = 0, high = 1, drift = stats_median(differences, n);
    if (excess(differences, cells, n, drift, 0) <= 1)
        return 0;
    while (excess(differences, cells, n, drift, high) > 1)
        high *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (excess(differences, cells, n, drift, middle) > 1)
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
static double weighted_mean(const double *values, const struct comparison *const cells[],
                            size_t n, double between, double *ret_error) {
    double sum = 0, weights = 0;
    for (size_t i = 0; i < n; i++) {
        const struct judge_sample *s = &cells[i]->sample;
        double weight = 1 / (s->error * s->error + between * between);
        sum += weight * values[i];
        weights += weight;
    }
    *ret_error = sqrt(1 / weights);
    return sum / weights;
}

static void use_measure(struct compare_result *result, bool everything, size_t measure) {
    struct compare_control *control = &result->controls[measure];
    const struct comparison *cells[result->count + 1];
    size_t n = control->count = list_cells(result, everything, measure, cells);
    if (n < CONTROLS_LEAST)
        return;
    double differences[n], raw[n], tolerance = 0, error;
    for (size_t i = 0; i < n; i++) {
        differences[i] = cells[i]->sample.difference;
        raw[i] = cells[i]->shift;
        tolerance += cells[i]->tolerance / (double)n;
    }
    /* the drift of the measured figures, and whether it exceeds the mean tolerance */
    double drift = weighted_mean(raw, cells, n, between_runs(raw, cells, n), &error);
    control->drift = exp(drift);
    control->moved =
        fabs(drift) > log1p(tolerance) && student_p(drift / error, (double)n - 1) <= 0.01;
    control->between = between_runs(differences, cells, n);
    drift = weighted_mean(differences, cells, n, control->between, &error);
    for (size_t i = 0; i < result->count; i++)
        if (result->comparisons[i].control == measure &&
            result->comparisons[i].sample.error_df > 0)
            use_on(&result->comparisons[i].sample, control, drift, error);
}

/* Moderates the totals of a measure, or its cells: these are alike. */
static void moderate(const struct compare_result *result, size_t measure, bool totals) {
    struct judge_sample *alike[result->count + 1];
    size_t n = 0;
    for (size_t i = 0; i < result->count; i++)
        if (comparison_is_total(&result->comparisons[i]) == totals &&
            result->comparisons[i].control == measure)
            alike[n++] = &result->comparisons[i].sample;
    judge_moderate(alike, n);
}

/* Finds a comparison's measure in the list, or adds it. */
static void find_control(struct compare_result *result, struct comparison *c) {
    size_t i = 0;
    while (i < result->control_count &&
           strcmp(result->controls[i].measure, c->measure) != 0)
        i++;
    if (i == result->control_count) {
        result->control_count++;
        result->controls[i].drift = 1;
        memcpy(result->controls[i].measure, c->measure, sizeof c->measure);
        memcpy(result->controls[i].label, c->label, sizeof c->label);
    }
    c->control = i;
}

void controls_use(struct compare_result *result, bool everything) {
    for (size_t i = 0; i < result->count; i++)
        find_control(result, &result->comparisons[i]);
    for (size_t i = 0; i < result->control_count; i++) {
        moderate(result, i, true);
        moderate(result, i, false);
        if (!result->same_run)
            use_measure(result, everything, i);
    }
}
