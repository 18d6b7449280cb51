#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare_parts.h"
#include "heap.h"
#include "reason.h"
#include "stats.h"

static int check_facts(const struct runfigures *a, const struct runfigures *b,
                       struct reason *reason) {
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(a->head, "facts"), name, value) {
        if (json_equal(value, json_object_get(json_object_get(b->head, "facts"), name)))
            continue;
        reason_set(reason,
                   "%s and %s did not measure the same: %s is %s in the first and %s in "
                   "the second; run again with equal values",
                   a->name, b->name, name, json_string_value(value),
                   runfigures_text(b, "facts", name));
        return -EINVAL;
    }
    return 0;
}

/* ---- each by itself ---- */

/* Copies the good logarithms of one side; returns how many. Within one run, only rounds
 * that are good on both sides count. */
static size_t take_values(const struct side *own, const struct side *other, bool paired,
                          double *ret) {
    size_t n = 0;
    for (size_t r = 0; r < own->series.rounds; r++)
        if (!isnan(own->judged[r]) &&
            (!paired || (r < other->series.rounds && !isnan(other->judged[r]))))
            ret[n++] = own->judged[r];
    return n;
}

static double mean_log(const struct series *s) {
    double values[RUNFIGURES_ROUNDS_MAX], mean = 0;
    size_t n = series_values(s, values);
    for (size_t i = 0; i < n; i++)
        mean += log(values[i]) / (double)n;
    return mean;
}

static double median_of_series(const struct series *s) {
    double values[RUNFIGURES_ROUNDS_MAX];
    return stats_median(values, series_values(s, values));
}

/* Takes the values of a pair, and makes their sample. False if no round is good in all
 * cells of a side (if paired: of both sides). */
static bool take_sample(const struct pair *pair, struct comparison *c) {
    double x[RUNFIGURES_ROUNDS_MAX], y[RUNFIGURES_ROUNDS_MAX];
    c->n_a = take_values(&pair->a, &pair->b, c->paired, x);
    c->n_b = take_values(&pair->b, &pair->a, c->paired, y);
    if (!c->n_a || !c->n_b)
        return false;
    if (judge_take(x, c->n_a, y, c->n_b, c->paired, &c->sample) < 0)
        abort(); /* no n is 0 or above PLAN_ROUNDS_MAX */
    c->is_related = pair->is_related;
    c->median_a =
        c->is_related ? exp(stats_median(x, c->n_a)) : median_of_series(&pair->a.series);
    c->median_b =
        c->is_related ? exp(stats_median(y, c->n_b)) : median_of_series(&pair->b.series);
    c->shift = mean_log(&pair->b.series) - mean_log(&pair->a.series);
    return true;
}

static void name_comparison(const struct pairing *w, const struct pair *pair,
                            struct comparison *c) {
    const struct compare_options *o = w->options;
    const struct series *a = &pair->a.series, *b = &pair->b.series;
    const struct compare_demand *demand = NULL;
    double wanted =
        measure_is_ratio(b->measure) ? o->time_tolerance : o->memory_tolerance;
    for (size_t i = 0; !demand && i < o->demand_count; i++)
        if (strcmp(o->demands[i].measure, b->measure) == 0)
            demand = &o->demands[i];
    *c = (struct comparison){.threads = b->threads,
                             .paired = w->result->same_run,
                             .is_of_control = b->is_control,
                             .decides = o->demands ? demand != NULL
                                                   : measure_decides(b->measure)};
    memcpy(c->measure, b->measure, sizeof c->measure);
    memcpy(c->workload, b->workload, sizeof c->workload);
    memcpy(c->variant, b->variant, sizeof c->variant);
    measure_label(c->measure, c->label, sizeof c->label);
    /* A's tolerance counts: a baseline may have learnt it. */
    c->tolerance = wanted > 0 ? wanted : a->tolerance;
    c->detect = o->detect > 0 ? o->detect : COMPARE_DETECT;
    if (demand) {
        double least = demand->least / median_of_series(a) / demand->tolerance;
        c->tolerance = demand->tolerance * fmax(1, least);
        c->detect = demand->detect * fmax(1, least);
    }
    c->is_control = w->has_subject && !pairing_is_subject(w, c->variant);
}

/* Takes pairs into the result. */
static void compare_pairs(struct pairing *w, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        struct comparison *c = &w->result->comparisons[w->result->count];
        name_comparison(w, &w->pairs[i], c);
        if (take_sample(&w->pairs[i], c))
            w->result->count++;
        else
            pairing_leave_out(w, &w->pairs[i].b.series,
                              "no round was measured without a failed cell");
    }
}

bool comparison_is_total(const struct comparison *comparison) {
    return !comparison->workload[0];
}

/* ---- verdicts ---- */

static int by_p(const void *a, const void *b) {
    const struct comparison *const *x = a, *const *y = b;
    double p = (*x)->judged.p_adjusted, q = (*y)->judged.p_adjusted;
    return (p > q) - (p < q);
}

/* Holm's step-down correction of the m comparisons that are tested together: the k-th
 * smallest p (from 0) times m - k, never falling, and times `levels`. */
static void correct(struct comparison *tested[], size_t m, double levels) {
    double floor = 0;
    qsort(tested, m, sizeof *tested, by_p);
    for (size_t k = 0; k < m; k++) {
        double p = tested[k]->judged.p_adjusted * levels * (double)(m - k);
        tested[k]->judged.p_adjusted = floor = fmin(1, fmax(floor, p));
    }
}

/*
 * Judges the measures that decide, or the others. Totals are a family of tests and cells
 * are another. If both have members on trial, a false alarm has two chances, so each has
 * half of the test's level.
 */
static void judge_all(struct compare_result *result, bool decides) {
    struct comparison *tested[2][result->count + 1];
    size_t m[2] = {0};
    for (size_t i = 0; i < result->count; i++) {
        struct comparison *c = &result->comparisons[i];
        bool is_total = comparison_is_total(c);
        if (c->decides != decides)
            continue;
        c->judged.p_adjusted = judge_p(&c->sample);
        if (!c->is_control)
            tested[is_total][m[is_total]++] = c;
    }
    double levels = m[0] && m[1] ? 2 : 1;
    correct(tested[0], m[0], levels);
    correct(tested[1], m[1], levels);
    for (size_t i = 0; i < result->count; i++) {
        struct comparison *c = &result->comparisons[i];
        double tests = levels * fmax(1, (double)m[comparison_is_total(c)]);
        if (c->decides != decides)
            continue;
        c->judged = judge(&c->sample, c->judged.p_adjusted,
                          (1 - JUDGE_CONFIDENCE) / tests, c->tolerance);
        if (c->is_control)
            c->judged.verdict = VERDICT_NONE;
        else if (result->controls[c->control].moved)
            c->judged.verdict = VERDICT_INCONCLUSIVE;
    }
}

int compare_make(struct compare_result *ret, const struct runfigures *a,
                 const struct runfigures *b, const struct compare_options *options,
                 struct reason *reason) {
    int error = check_facts(a, b, reason);
    if (!error && options->subject && !runfigures_variant(b, options->subject)) {
        reason_set(reason, "%s has no variant %s to judge", b->name, options->subject);
        error = -EINVAL;
    }
    if (error)
        return error;
    *ret = (struct compare_result){.same_run = runfigures_same_run(a, b)};
    struct pairing work = {.a = a, .b = b, .options = options, .result = ret};
    pairing_make(&work);
    ret->comparisons = heap_new(work.count, sizeof *ret->comparisons);
    ret->controls = heap_new(work.count, sizeof *ret->controls);
    compare_pairs(&work, work.cells, work.count);
    compare_pairs(&work, 0, work.cells);
    controls_use(ret, !options->variant_a && !work.has_subject);
    judge_all(ret, true);
    judge_all(ret, false);
    pairing_finish(&work);
    return 0;
}

void compare_between(struct compare_result *ret, const struct runfigures *figures,
                     const char *from, const char *to) {
    struct compare_options options = {.variant_a = from, .variant_b = to};
    compare_make(ret, figures, figures, &options, NULL); /* it is one run, so it can */
}

void compare_finish(struct compare_result *result) {
    free(result->comparisons);
    free(result->controls);
    free(result->differences.at);
    free(result->failures.at);
    free(result->left_out.at);
}

size_t compare_on_trial(const struct compare_result *result) {
    size_t count = 0;
    for (size_t i = 0; i < result->count; i++)
        count += !result->comparisons[i].is_control && result->comparisons[i].decides;
    return count;
}

size_t compare_count(const struct compare_result *result, enum verdict verdict) {
    size_t count = 0;
    for (size_t i = 0; i < result->count; i++)
        count += result->comparisons[i].judged.verdict == verdict &&
                 result->comparisons[i].decides;
    return count;
}

/* The comparisons of the lowest rank speak for the others. */
static int rank_of(const struct comparison *c) {
    return comparison_is_total(c) ? 0 : c->is_of_control ? 2 : 1;
}

bool compare_is_outermost(const struct compare_result *result,
                          const struct comparison *c) {
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *other = &result->comparisons[i];
        if (rank_of(other) < rank_of(c) && strcmp(other->measure, c->measure) == 0 &&
            strcmp(other->variant, c->variant) == 0 && other->threads == c->threads)
            return false;
    }
    return true;
}

/* Whether its verdict counts: it is on trial, decides, and none speaks for it. */
static bool is_asked_for(const struct compare_result *result,
                         const struct comparison *c) {
    return !c->is_control && c->decides && compare_is_outermost(result, c);
}

bool compare_is_undecided(const struct compare_result *result) {
    for (size_t i = 0; i < result->count; i++)
        if (is_asked_for(result, &result->comparisons[i]) &&
            result->comparisons[i].judged.verdict == VERDICT_INCONCLUSIVE)
            return true;
    return false;
}

const struct comparison *compare_blind(const struct compare_result *result) {
    const struct comparison *blind = NULL;
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        bool is_decided =
            verdict_is_change(c->judged.verdict) || c->judged.verdict == VERDICT_SAME;
        if (is_asked_for(result, c) && !is_decided &&
            c->judged.smallest_visible > fmax(c->detect, c->tolerance) &&
            (!blind || c->judged.smallest_visible > blind->judged.smallest_visible))
            blind = c;
    }
    return blind;
}

bool compare_machine_moved(const struct compare_result *result) {
    for (size_t i = 0; i < result->control_count; i++)
        if (result->controls[i].moved && measure_decides(result->controls[i].measure))
            return true;
    return false;
}

bool compare_is_open(const struct compare_result *result) {
    return result->failures.count || compare_on_trial(result) == 0 ||
           compare_machine_moved(result) || compare_blind(result);
}
