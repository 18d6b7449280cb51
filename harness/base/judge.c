/* See judge.h. */
#include "judge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "ranktest.h"
#include "stats.h"
#include "student.h"

/* A footprint may be the same page by page in every round; its variance is not 0, since
 * it can only be a multiple of a page. */
static const double least_variance = 1e-8;

const char *verdict_name(enum verdict verdict) {
    static const char *const names[] = {
        [VERDICT_NONE] = "-",
        [VERDICT_SAME] = "same",
        [VERDICT_BETTER] = "better",
        [VERDICT_WORSE] = "worse",
        [VERDICT_INCONCLUSIVE] = "inconclusive",
    };
    return names[verdict];
}

bool verdict_is_change(enum verdict verdict) {
    return verdict == VERDICT_BETTER || verdict == VERDICT_WORSE;
}

/* ---- one comparison ---- */

static double sum_squares(const double *values, size_t n, double *ret_mean) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    *ret_mean = mean;
    return squares;
}

static int take_ranks(const double *a, size_t n_a, const double *b, size_t n_b,
                      struct judge_sample *s) {
    struct ranktest test;
    int error = s->paired ? ranktest_paired(b, n_b, &test)
                          : ranktest_unpaired(a, n_a, b, n_b, &test);
    if (error)
        return error;
    s->rank_difference = test.estimate;
    s->rank_p = test.p;
    s->least_rank_p =
        s->paired ? ranktest_least_p_paired(n_b) : ranktest_least_p_unpaired(n_a, n_b);
    return 0;
}

int judge_take(const double *a, size_t n_a, const double *b, size_t n_b, bool paired,
               struct judge_sample *ret) {
    double *second = calloc(n_b, sizeof *second); /* B; the differences where paired */
    if (!second)
        return -ENOMEM;
    for (size_t i = 0; i < n_b; i++)
        second[i] = b[i] - (paired ? a[i] : 0);
    struct judge_sample s = {.paired = paired, .n_a = n_a, .n_b = n_b};
    double mean_a = 0, mean_b, squares = 0;
    if (!paired)
        squares = sum_squares(a, n_a, &mean_a);
    squares += sum_squares(second, n_b, &mean_b);
    s.median_a = stats_median(a, n_a);
    s.median_b = stats_median(b, n_b);
    s.difference = mean_b - mean_a;
    s.df = (double)n_b - 1 + (paired ? 0 : (double)n_a - 1);
    s.variance = s.df > 0 ? fmax(squares / s.df, least_variance) : 0;
    s.share = 1 / (double)n_b + (paired ? 0 : 1 / (double)n_a);
    int error = take_ranks(a, n_a, second, n_b, &s);
    free(second);
    if (!error)
        *ret = s;
    return error;
}

/* ---- those that are alike ---- */

void judge_moderate(struct judge_sample *const samples[], size_t n) {
    double variances[n + 1], df[n + 1];
    size_t known = 0;
    variances[0] = df[0] = 0;
    for (size_t i = 0; i < n; i++)
        if (samples[i]->df > 0) {
            variances[known] = samples[i]->variance;
            df[known++] = samples[i]->df;
        }
    struct student_prior prior = student_fit(variances, df, known);
    for (size_t i = 0; i < n; i++) {
        struct judge_sample *s = samples[i];
        s->error_df = prior.df + s->df;
        s->error = s->error_df > 0
                       ? sqrt(student_moderate(&prior, s->variance, s->df) * s->share)
                       : 0;
    }
}

double judge_p(const struct judge_sample *sample) {
    return sample->error_df > 0
               ? student_p(sample->difference / sample->error, sample->error_df)
               : 1;
}

/* ---- the verdict ---- */

/*
 * An interval narrows with the square root of the rounds. To decide, half of it must fit
 * between the estimate and the edge of the tolerance, or, beyond that, and 1; a tenth of
 * the tolerance stands for an estimate that lies on the edge.
 */
static size_t rounds_needed(const struct judge_sample *s, double half, double edge) {
    double effect = fabs(s->difference);
    double room = fmax(effect < edge ? edge - effect : effect, edge / 10);
    double factor = half / room;
    if (!isfinite(factor))
        return s->n_b + 1;
    return (size_t)fmin(ceil((double)s->n_b * fmax(1, factor * factor)), 1e6);
}

static bool is_disputed(const struct judge_sample *s, double edge) {
    bool could_tell = s->least_rank_p <= 1 - JUDGE_CONFIDENCE;
    return could_tell &&
           (s->rank_p > 1 - JUDGE_CONFIDENCE || fabs(s->rank_difference) <= edge);
}

struct judgement judge(const struct judge_sample *s, double p_adjusted, double level,
                       double tolerance) {
    double edge = log1p(tolerance);
    double half = INFINITY, strict = INFINITY, seen = INFINITY;
    if (s->error_df > 0) {
        half = s->error * student_quantile(1 - JUDGE_CONFIDENCE, s->error_df);
        strict = s->error * student_quantile(level, s->error_df);
        seen = strict + s->error * student_quantile(2 * (1 - JUDGE_POWER), s->error_df);
    }
    struct judgement j = {.n = s->n_b,
                          .ratio = exp(s->difference),
                          .low = exp(s->difference - half),
                          .high = exp(s->difference + half),
                          .p_adjusted = p_adjusted,
                          .smallest_visible = fmax(expm1(seen), tolerance),
                          .rounds_needed = rounds_needed(s, strict, edge),
                          .verdict = VERDICT_INCONCLUSIVE};
    if (p_adjusted <= 1 - JUDGE_CONFIDENCE && fabs(s->difference) > edge)
        j.verdict = s->difference > 0 ? VERDICT_WORSE : VERDICT_BETTER;
    else if (fabs(s->difference) + half <= edge)
        j.verdict = VERDICT_SAME;
    j.disputed = verdict_is_change(j.verdict) && is_disputed(s, edge);
    return j;
}

struct judgement judge_alone(const struct judge_sample *sample, double tolerance) {
    return judge(sample, judge_p(sample), 1 - JUDGE_CONFIDENCE, tolerance);
}
