#include "judge.h"

#include <math.h>
#include <stdlib.h>

#include "heap.h"
#include "ranktest.h"
#include "student.h"

/*
 * The floor for a variance (of logarithms): no value counts as known better than to one
 * in a thousand. A footprint can be the same to the page in every round of a run, and
 * differ by a page or two in the next run (a longer environment, another stack).
 */
static const double least_variance = 1e-6;

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

static struct judge_side take_side(const double *values, size_t n, double *ret_mean) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    *ret_mean = mean;
    double df = (double)n - 1;
    return (struct judge_side){n, df > 0 ? fmax(squares / df, least_variance) : 0, df};
}

int judge_take(const double *a, size_t n_a, const double *b, size_t n_b, bool paired,
               struct judge_sample *ret) {
    double *second = heap_new(n_b, sizeof *second); /* B, or the differences if paired */
    for (size_t i = 0; i < n_b; i++)
        second[i] = b[i] - (paired ? a[i] : 0);
    struct judge_sample s = {.paired = paired};
    struct ranktest ranks;
    double mean_a = 0, mean_b;
    if (!paired)
        s.a = take_side(a, n_a, &mean_a);
    s.b = take_side(second, n_b, &mean_b);
    s.difference = mean_b - mean_a;
    int error = paired ? ranktest_paired(second, n_b, &ranks)
                       : ranktest_unpaired(a, n_a, second, n_b, &ranks);
    free(second);
    if (error)
        return error;
    s.rank_difference = ranks.estimate;
    s.rank_p = ranks.p;
    s.least_rank_p =
        paired ? ranktest_least_p_paired(n_b) : ranktest_least_p_unpaired(n_a, n_b);
    *ret = s;
    return 0;
}

/* ---- similar samples ---- */

/* Lists the variances of all sides that have one. Returns how many. */
static size_t list_variances(struct judge_sample *const samples[], size_t n,
                             double *ret_variances, double *ret_df) {
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        const struct judge_side *sides[] = {&samples[i]->a, &samples[i]->b};
        for (size_t k = 0; k < 2; k++)
            if (sides[k]->df > 0) {
                ret_variances[known] = sides[k]->variance;
                ret_df[known++] = sides[k]->df;
            }
    }
    return known;
}

/* The part of the squared error that a side contributes, and its degrees of freedom.
 * False if the side has no variance. */
static bool side_error(const struct judge_side *side, const struct student_prior *prior,
                       double most_df, double *ret_square, double *ret_df) {
    *ret_df = fmin(prior->df + side->df, most_df);
    if (!(*ret_df > 0))
        return false;
    *ret_square = student_moderate(prior, side->variance, side->df) / (double)side->n;
    return true;
}

static void set_error(struct judge_sample *s, const struct student_prior *prior,
                      double most_df) {
    const struct judge_side *sides[] = {&s->a, &s->b};
    double sum = 0, shares = 0;
    s->error = s->error_df = 0;
    for (size_t k = s->paired; k < 2; k++) {
        double square, df;
        if (!side_error(sides[k], prior, most_df, &square, &df))
            return;
        sum += square;
        shares += square * square / df;
    }
    s->error = sqrt(sum);
    s->error_df = sum * sum / shares; /* Satterthwaite 1946 */
}

void judge_moderate(struct judge_sample *const samples[], size_t n) {
    double variances[2 * n + 1], df[2 * n + 1], most_df = 0;
    variances[0] = df[0] = 0;
    size_t known = list_variances(samples, n, variances, df);
    struct student_prior prior = student_fit(variances, df, known);
    for (size_t i = 0; i < known; i++)
        most_df += df[i];
    for (size_t i = 0; i < n; i++)
        set_error(samples[i], &prior, most_df);
}

double judge_p(const struct judge_sample *sample) {
    return sample->error_df > 0
               ? student_p(sample->difference / sample->error, sample->error_df)
               : 1;
}

/* ---- the verdict ---- */

/*
 * An interval narrows with the square root of the rounds. To decide, half of the interval
 * must fit into the room on one side of the estimate: up to the edge of the tolerance if
 * the estimate lies within it, else to a ratio of 1. An estimate on the edge would leave
 * no room, so the room is at least a tenth of the tolerance.
 */
static size_t rounds_needed(const struct judge_sample *s, double half, double edge) {
    double effect = fabs(s->difference);
    double room = fmax(effect < edge ? edge - effect : effect, edge / 10);
    double factor = half / room;
    if (!isfinite(factor))
        return s->b.n + 1;
    return (size_t)fmin(ceil((double)s->b.n * fmax(1, factor * factor)), 1e6);
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
        seen = fmax(strict, edge) +
               s->error * student_quantile(2 * (1 - JUDGE_POWER), s->error_df);
    }
    struct judgement j = {.n = s->b.n,
                          .ratio = exp(s->difference),
                          .low = exp(s->difference - half),
                          .high = exp(s->difference + half),
                          .p_adjusted = p_adjusted,
                          .smallest_visible = expm1(seen),
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
