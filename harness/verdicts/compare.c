#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controls.h"
#include "reason.h"
#include "record.h"
#include "stats.h"

/* ---- what may be compared ---- */

__attribute__((format(printf, 3, 4))) static int
add_note(struct compare_note **list, size_t *count, const char *format, ...) {
    struct compare_note *grown = realloc(*list, (*count + 1) * sizeof **list);
    if (!grown)
        return -ENOMEM;
    *list = grown;
    va_list args;
    va_start(args, format);
    vsnprintf(grown[(*count)++].text, sizeof grown->text, format, args);
    va_end(args);
    return 0;
}

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

static int note_difference(const struct runfigures *a, const struct runfigures *b,
                           const char *name, struct compare_result *result) {
    return add_note(&result->differences, &result->difference_count,
                    "%s: %.150s against %.150s", name,
                    runfigures_text(a, "environment", name),
                    runfigures_text(b, "environment", name));
}

static int compare_environments(const struct runfigures *a, const struct runfigures *b,
                                struct compare_result *result) {
    json_t *ours = runfigures_environment(a), *theirs = runfigures_environment(b);
    const char *name;
    json_t *value;
    int error = ours && theirs ? 0 : -ENOMEM;
    json_object_foreach(ours, name, value) {
        if (!error && !json_equal(value, json_object_get(theirs, name)))
            error = note_difference(a, b, name, result);
    }
    json_object_foreach(theirs, name, value) {
        if (!error && !json_object_get(ours, name))
            error = note_difference(a, b, name, result);
    }
    result->alike = result->difference_count == 0;
    json_decref(ours);
    json_decref(theirs);
    return error;
}

/* Whether both are figures of one run. The environment tells runs apart: it contains the
 * load at the start with the last process number, which never occur twice. */
static bool is_same_run(const struct runfigures *a, const struct runfigures *b) {
    return json_equal(json_object_get(a->head, "run"), json_object_get(b->head, "run")) &&
           json_equal(json_object_get(a->head, "environment"),
                      json_object_get(b->head, "environment"));
}

/* A variant is the same on both sides if these facts are. */
static const char *const variant_facts[] = {"version", "sha256", "settings", "command"};
enum { VARIANT_FACTS = sizeof variant_facts / sizeof variant_facts[0] };

/* Older baselines do not record settings and command: their reference had none. */
static bool same_reference(const struct runfigures *a, const struct runfigures *b) {
    const char *name = runfigures_text(a, "facts", "reference");
    const json_t *ours = json_object_get(json_object_get(a->head, "variants"), name);
    const json_t *theirs = json_object_get(json_object_get(b->head, "variants"), name);
    for (size_t i = 0; i < VARIANT_FACTS; i++)
        if (strcmp(record_text(ours, variant_facts[i]),
                   record_text(theirs, variant_facts[i])) != 0)
            return false;
    return ours && theirs;
}

/* Older baselines do not record the condition of memory: it was "any". */
static bool same_memory(const struct runfigures *a, const struct runfigures *b) {
    const char *ours = runfigures_text(a, "run", "memory");
    const char *theirs = runfigures_text(b, "run", "memory");
    return strcmp(*ours ? ours : "any", *theirs ? theirs : "any") == 0;
}

/* ---- pairs of series ---- */

struct pair {
    struct series a, b; /* copies; totals own their values */
    /* Logarithms of the judged figure, by round; NAN if a round lacks it. Owned. */
    double *judged_a, *judged_b;
    bool is_total, is_related; /* related: divided by the controls' times */
};

struct work {
    const struct runfigures *a, *b;
    const struct compare_options *options;
    struct compare_result *result;
    struct pair *pairs;
    size_t count;
};

static void label(const struct series *s, char *buffer, size_t size) {
    char measure[64];
    measure_label(s->measure, measure, sizeof measure);
    plan_cell_name(s->workload, s->variant, s->threads, buffer, size);
    size_t used = strlen(buffer);
    snprintf(buffer + used, size - used, ", %s", measure);
}

/* Why two series cannot be compared; NULL if they can. `is_fault`: because B failed, and
 * not because the two merely differ. */
static const char *obstacle(const struct work *w, const struct series *a,
                            const struct series *b, bool *is_fault) {
    double values[RUNFIGURES_ROUNDS_MAX];
    *is_fault = false;
    if (measure_is_ratio(a->measure) && !same_reference(w->a, w->b))
        return "the reference variants are different builds, so ratios to them are not "
               "comparable";
    if (measure_is_ratio(a->measure) && !same_memory(w->a, w->b))
        return "free memory was in different conditions (--memory), so times are not "
               "comparable";
    if (!measure_is_ratio(a->measure) && !w->result->alike)
        return "bytes are not compared between different environments";
    if (series_values(a, values) == 0)
        return "the first has no good round";
    *is_fault = true;
    if (b->failed)
        return b->fault;
    if (series_values(b, values) == 0)
        return "no round was measured";
    if (strcmp(a->checksum, b->checksum) != 0)
        return "checksum: it did not do the same work as the first";
    *is_fault = false;
    return NULL;
}

static double *copy_logs(const struct series *s) {
    double *logs = malloc((s->rounds + 1) * sizeof *logs);
    for (size_t r = 0; logs && r < s->rounds; r++)
        logs[r] = log(s->by_round[r]);
    return logs;
}

/*
 * A cell with some failed rounds counts as failed, and its good rounds give no verdict:
 * the failed rounds may have been the slow ones.
 */
static int take_pair(struct work *w, const struct series *a, const struct series *b) {
    bool is_fault;
    const char *why = obstacle(w, a, b, &is_fault);
    if (!why) {
        struct pair *pair = &w->pairs[w->count++];
        *pair = (struct pair){*a, *b, copy_logs(a), copy_logs(b), false, false};
        return pair->judged_a && pair->judged_b ? 0 : -ENOMEM;
    }
    char what[200];
    label(b, what, sizeof what);
    return is_fault ? add_note(&w->result->failures, &w->result->failure_count, "%s: %s",
                               what, why)
                    : add_note(&w->result->left_out, &w->result->left_out_count, "%s: %s",
                               what, why);
}

/* The reference's time is 1 by definition, and the A/A row is a control of its own run:
 * neither is compared unless it is named. */
static bool is_unasked(const struct runfigures *f, const struct series *s,
                       const char *wanted) {
    if (wanted)
        return strcmp(s->variant, wanted) != 0;
    return strcmp(s->variant, runfigures_text(f, "run", "again")) == 0 ||
           (measure_is_ratio(s->measure) &&
            strcmp(s->variant, runfigures_text(f, "facts", "reference")) == 0);
}

static const struct series *first_of_measure(const struct runfigures *f,
                                             const char *measure) {
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->series[i].measure, measure) == 0)
            return &f->series[i];
    return NULL;
}

/* Notes that only one side has a series. If the other side lacks the whole measure, notes
 * that once. */
static int note_alone(struct work *w, const struct series *s,
                      const struct runfigures *own, const struct runfigures *other,
                      const char *which) {
    char what[200];
    bool is_known = first_of_measure(other, s->measure);
    if (!is_known && first_of_measure(own, s->measure) != s)
        return 0;
    if (is_known)
        label(s, what, sizeof what);
    else
        measure_label(s->measure, what, sizeof what);
    return add_note(&w->result->left_out, &w->result->left_out_count,
                    "%s: only the %s has it", what, which);
}

static int pair_cells(struct work *w) {
    const char *from = w->options->variant_a, *to = w->options->variant_b;
    int error = 0;
    for (size_t i = 0; !error && i < w->b->count; i++) {
        const struct series *b = &w->b->series[i];
        const struct series *a = runfigures_find(w->a, b->measure, b->workload,
                                                 from ? from : b->variant, b->threads);
        if (is_unasked(w->b, b, to))
            continue;
        error = a ? take_pair(w, a, b) : note_alone(w, b, w->b, w->a, "second");
    }
    for (size_t i = 0; !error && i < w->a->count; i++) {
        const struct series *a = &w->a->series[i];
        if (!is_unasked(w->a, a, from) &&
            !runfigures_find(w->b, a->measure, a->workload, to ? to : a->variant,
                             a->threads))
            error = note_alone(w, a, w->a, w->b, "first");
    }
    return error;
}

/* Notes the variants that the second should have measured and could not. If a variant has
 * no figures any more, that is not an improvement. */
static int note_unmeasured(struct work *w) {
    const char *name;
    json_t *why;
    int error = 0;
    json_object_foreach(json_object_get(w->b->head, "unmeasured"), name, why) {
        if (!error && json_object_get(json_object_get(w->a->head, "variants"), name))
            error = add_note(&w->result->failures, &w->result->failure_count,
                             "%s: not measured, it is %s", name, json_string_value(why));
    }
    return error;
}

static bool same_total(const struct series *x, const struct series *y) {
    return strcmp(x->measure, y->measure) == 0 && strcmp(x->variant, y->variant) == 0 &&
           x->threads == y->threads;
}

/* Makes the total of one side: the geometric mean over workloads in each round, NAN if
 * one of them lacks the round. `ret_judged` is the mean of the judged logarithms. */
static int sum_up(const struct work *w, size_t cells, const struct series *like,
                  bool side_b, struct series *ret, double **ret_judged,
                  size_t *ret_members) {
    struct series total = *like;
    total.workload[0] = '\0';
    total.tolerance = 0;
    total.by_round = calloc(total.rounds + 1, sizeof *total.by_round);
    double *judged = calloc(total.rounds + 1, sizeof *judged);
    size_t members = 0;
    for (size_t i = 0; total.by_round && judged && i < cells; i++) {
        const struct pair *pair = &w->pairs[i];
        const struct series *s = side_b ? &pair->b : &pair->a;
        if (s->is_control || !same_total(s, like))
            continue;
        members++;
        total.tolerance += s->tolerance;
        for (size_t r = 0; r < total.rounds; r++) {
            total.by_round[r] += r < s->rounds ? log(s->by_round[r]) : NAN;
            judged[r] +=
                r < s->rounds ? (side_b ? pair->judged_b : pair->judged_a)[r] : NAN;
        }
    }
    for (size_t r = 0; members && r < total.rounds; r++) {
        total.by_round[r] = exp(total.by_round[r] / (double)members);
        judged[r] /= (double)members;
    }
    total.tolerance /= (double)members; /* averaged like the logarithms */
    *ret = total;
    *ret_judged = judged;
    *ret_members = members;
    return total.by_round && judged ? 0 : -ENOMEM;
}

static void free_pair(struct pair *pair) {
    if (pair->is_total) {
        free(pair->a.by_round);
        free(pair->b.by_round);
    }
    free(pair->judged_a);
    free(pair->judged_b);
}

/* Adds a total for each measure, variant and number of threads that has two workloads or
 * more, without controls. */
static int pair_totals(struct work *w) {
    size_t cells = w->options->demands ? 0 : w->count;
    for (size_t i = 0; i < cells; i++) {
        const struct pair *pair = &w->pairs[i];
        bool is_first = !pair->b.is_control;
        for (size_t k = 0; k < i; k++)
            is_first &= w->pairs[k].b.is_control || !same_total(&w->pairs[k].b, &pair->b);
        if (!is_first)
            continue;
        struct pair total = {.is_total = true, .is_related = pair->is_related};
        size_t members;
        int error =
            sum_up(w, cells, &pair->a, false, &total.a, &total.judged_a, &members);
        if (!error)
            error = sum_up(w, cells, &pair->b, true, &total.b, &total.judged_b, &members);
        if (!error && members >= 2) {
            w->pairs[w->count++] = total;
            continue;
        }
        free_pair(&total);
        if (error)
            return error;
    }
    return 0;
}

/* Whether a variant is the same on both sides. If a fact is missing (in an older
 * baseline, or of a watched program), it may have changed. */
static bool is_unchanged(const struct work *w, const char *variant) {
    const json_t *ours =
        json_object_get(json_object_get(w->a->head, "variants"), variant);
    const json_t *theirs =
        json_object_get(json_object_get(w->b->head, "variants"), variant);
    for (size_t i = 0; i < VARIANT_FACTS; i++) {
        const json_t *here = json_object_get(ours, variant_facts[i]);
        if (!here || !json_equal(here, json_object_get(theirs, variant_facts[i])))
            return false;
    }
    return true;
}

static bool is_subject(const struct work *w, const char *variant) {
    const struct compare_options *o = w->options;
    if (o->subject && strcmp(o->subject, variant) == 0)
        return true;
    return w->result->same_run || o->variant_a || !is_unchanged(w, variant);
}

/* Whether a variant that both sides have is on trial, even if it cannot be compared. */
static bool has_subject(const struct work *w) {
    const char *name;
    json_t *variant;
    json_object_foreach(json_object_get(w->b->head, "variants"), name, variant) {
        if (json_object_get(json_object_get(w->a->head, "variants"), name) &&
            is_subject(w, name))
            return true;
    }
    return false;
}

/* ---- times, against what the controls took ---- */

static bool is_whole(const struct series *s) {
    for (size_t r = 0; r < s->rounds; r++)
        if (isnan(s->by_round[r]))
            return false;
    return true;
}

/* Whether a series shows what each round did to the cell of `own`: it is of the same
 * measure, workload and threads, of another variant that did not change, and no round of
 * it is missing on either side. */
static bool is_measuring_stick(const struct work *w, const struct series *own,
                               const struct series *a, const struct series *b) {
    return a && strcmp(b->measure, own->measure) == 0 &&
           strcmp(b->workload, own->workload) == 0 && b->threads == own->threads &&
           strcmp(b->variant, own->variant) != 0 && !is_subject(w, b->variant) &&
           is_whole(a) && is_whole(b);
}

/*
 * A time is a ratio to the reference's time in its round, so half of its noise is that of
 * the reference. Between two runs a time is therefore divided by the mean of all variants
 * that did not change, the reference included. What a round did to all of them drops out,
 * and the mean of many has less noise than one.
 */
static void relate_to_controls(struct work *w) {
    for (size_t i = 0; !w->result->same_run && i < w->count; i++) {
        struct pair *pair = &w->pairs[i];
        size_t rounds_a = pair->a.rounds, rounds_b = pair->b.rounds, sticks = 0;
        double sum_a[rounds_a + 1], sum_b[rounds_b + 1];
        if (!measure_is_ratio(pair->b.measure))
            continue;
        memset(sum_a, 0, sizeof sum_a);
        memset(sum_b, 0, sizeof sum_b);
        for (size_t k = 0; k < w->b->count; k++) {
            const struct series *b = &w->b->series[k];
            const struct series *a =
                runfigures_find(w->a, b->measure, b->workload, b->variant, b->threads);
            if (!is_measuring_stick(w, &pair->b, a, b) || a->rounds != rounds_a ||
                b->rounds != rounds_b)
                continue;
            sticks++;
            for (size_t r = 0; r < rounds_a; r++)
                sum_a[r] += log(a->by_round[r]);
            for (size_t r = 0; r < rounds_b; r++)
                sum_b[r] += log(b->by_round[r]);
        }
        pair->is_related = sticks > 1; /* 1: only the reference, whose ratio is 1 */
        for (size_t r = 0; pair->is_related && r < rounds_a; r++)
            pair->judged_a[r] -= sum_a[r] / (double)sticks;
        for (size_t r = 0; pair->is_related && r < rounds_b; r++)
            pair->judged_b[r] -= sum_b[r] / (double)sticks;
    }
}

/* ---- each by itself ---- */

/* Copies the good logarithms of both sides. Within one run, only rounds that are good on
 * both sides count. */
static void take_values(const struct pair *pair, bool paired, double *x, size_t *ret_n_x,
                        double *y, size_t *ret_n_y) {
    size_t n_x = 0, n_y = 0;
    for (size_t r = 0; r < pair->a.rounds; r++)
        if (!isnan(pair->judged_a[r]) &&
            (!paired || (r < pair->b.rounds && !isnan(pair->judged_b[r]))))
            x[n_x++] = pair->judged_a[r];
    for (size_t r = 0; r < pair->b.rounds; r++)
        if (!isnan(pair->judged_b[r]) &&
            (!paired || (r < pair->a.rounds && !isnan(pair->judged_a[r]))))
            y[n_y++] = pair->judged_b[r];
    *ret_n_x = n_x;
    *ret_n_y = n_y;
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

/* Makes the sample of one comparison alone. -ENODATA if no round is good in all cells of
 * a side (if paired: of both sides). */
static int compare_pair(const struct pair *pair, struct comparison *c,
                        struct judge_sample *sample) {
    double *x = malloc((pair->a.rounds + 1) * sizeof *x);
    double *y = malloc((pair->b.rounds + 1) * sizeof *y);
    int error = x && y ? 0 : -ENOMEM;
    if (!error) {
        take_values(pair, c->paired, x, &c->n_a, y, &c->n_b);
        error = c->n_a && c->n_b ? 0 : -ENODATA;
    }
    if (!error)
        error = judge_take(x, c->n_a, y, c->n_b, c->paired, sample);
    if (!error) {
        c->median_a =
            pair->is_related ? exp(stats_median(x, c->n_a)) : median_of_series(&pair->a);
        c->median_b =
            pair->is_related ? exp(stats_median(y, c->n_b)) : median_of_series(&pair->b);
        c->is_related = pair->is_related;
        c->shift = mean_log(&pair->b) - mean_log(&pair->a);
    }
    free(x);
    free(y);
    return error;
}

static const struct compare_demand *find_demand(const struct compare_options *options,
                                                const char *measure) {
    for (size_t i = 0; options->demands && i < options->demand_count; i++)
        if (strcmp(options->demands[i].measure, measure) == 0)
            return &options->demands[i];
    return NULL;
}

static void name_comparison(const struct work *w, const struct pair *pair,
                            struct comparison *c) {
    const struct compare_options *o = w->options;
    const struct compare_demand *demand = find_demand(o, pair->b.measure);
    double wanted =
        measure_is_ratio(pair->b.measure) ? o->time_tolerance : o->memory_tolerance;
    *c = (struct comparison){.threads = pair->b.threads,
                             .paired = w->result->same_run,
                             .decides = o->demands ? demand != NULL
                                                   : measure_decides(pair->b.measure)};
    memcpy(c->measure, pair->b.measure, sizeof c->measure);
    memcpy(c->workload, pair->b.workload, sizeof c->workload);
    memcpy(c->variant, pair->b.variant, sizeof c->variant);
    /* A's tolerance counts: a baseline may have learnt it. */
    c->tolerance = wanted > 0 ? wanted : pair->a.tolerance;
    c->detect = o->detect > 0 ? o->detect : COMPARE_DETECT;
    if (demand) {
        double least = demand->least / median_of_series(&pair->a) / demand->tolerance;
        c->tolerance = demand->tolerance * fmax(1, least);
        c->detect = demand->detect * fmax(1, least);
    }
    c->is_control = has_subject(w) && !is_subject(w, c->variant);
}

/* Takes all totals, or all cells, into `result`. samples[i] is that of comparison i. */
static int compare_each(struct work *w, bool totals, struct judge_sample *samples) {
    struct compare_result *result = w->result;
    for (size_t i = 0; i < w->count; i++) {
        const struct pair *pair = &w->pairs[i];
        if (pair->is_total != totals)
            continue;
        struct comparison *c = &result->comparisons[result->count];
        name_comparison(w, pair, c);
        int error = compare_pair(pair, c, &samples[result->count]);
        char what[200];
        label(&pair->b, what, sizeof what);
        if (error == -ENODATA)
            error = add_note(&result->left_out, &result->left_out_count,
                             "%s: no round was measured without a failed cell", what);
        else if (!error)
            result->count++;
        if (error)
            return error;
    }
    return 0;
}

bool comparison_is_total(const struct comparison *comparison) {
    return !comparison->workload[0];
}

/* ---- verdicts ---- */

/* Holm's step-down correction of the m comparisons of a family that are on trial: the
 * k-th smallest p (from 0) times m - k, never falling, and times `levels`. Controls keep
 * their p. Returns m. */
static size_t correct(struct comparison *family[], size_t n, double levels) {
    bool done[n + 1];
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        done[i] = family[i]->is_control;
        family[i]->judged.p_adjusted = family[i]->p;
        m += !done[i];
    }
    double floor = 0;
    for (size_t k = 0; k < m; k++) {
        size_t least = n;
        for (size_t i = 0; i < n; i++)
            if (!done[i] && (least == n || family[i]->p < family[least]->p))
                least = i;
        done[least] = true;
        floor = fmin(1, fmax(floor, family[least]->p * levels * (double)(m - k)));
        family[least]->judged.p_adjusted = floor;
    }
    return m;
}

/* Whether both totals and cells are on trial, of those that decide or of the others: then
 * a false alarm has two chances. */
static bool has_both_levels(const struct compare_result *result, bool decides) {
    bool has[2] = {false, false};
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        has[comparison_is_total(c)] |= c->decides == decides && !c->is_control;
    }
    return has[0] && has[1];
}

/* Judges a family: all totals or all cells, of the measures that decide or of the others.
 * If both totals and cells are on trial, each has half of the test's level. */
static void judge_family(struct compare_result *result, bool totals, bool decides,
                         const struct judge_sample *samples) {
    struct comparison *family[result->count + 1];
    size_t n = 0;
    for (size_t i = 0; i < result->count; i++) {
        struct comparison *c = &result->comparisons[i];
        if (comparison_is_total(c) == totals && c->decides == decides)
            family[n++] = c;
    }
    double levels = has_both_levels(result, decides) ? 2 : 1;
    size_t tested = correct(family, n, levels);
    double level = (1 - JUDGE_CONFIDENCE) / levels / fmax(1, (double)tested);
    for (size_t i = 0; i < n; i++) {
        struct comparison *c = family[i];
        const struct judge_sample *s = &samples[c - result->comparisons];
        c->judged = judge(s, c->judged.p_adjusted, level, c->tolerance);
        if (c->is_control)
            c->judged.verdict = VERDICT_NONE;
        else if (controls_of(result, c)->moved)
            c->judged.verdict = VERDICT_INCONCLUSIVE;
    }
}

static int compare_all(struct work *w) {
    struct compare_result *result = w->result;
    struct judge_sample *samples = calloc(w->count + 1, sizeof *samples);
    int error = samples ? compare_each(w, true, samples) : -ENOMEM;
    if (!error)
        error = compare_each(w, false, samples);
    if (!error) {
        controls_use(result, !w->options->variant_a && !has_subject(w), samples);
        for (size_t i = 0; i < result->count; i++)
            result->comparisons[i].p = judge_p(&samples[i]);
        for (int family = 0; family < 4; family++)
            judge_family(result, family & 1, family & 2, samples);
    }
    free(samples);
    return error;
}

int compare_make(struct compare_result *ret, const struct runfigures *a,
                 const struct runfigures *b, const struct compare_options *options,
                 struct reason *reason) {
    int error = check_facts(a, b, reason);
    if (!error && options->subject &&
        !json_object_get(json_object_get(b->head, "variants"), options->subject)) {
        reason_set(reason, "%s has no variant %s to judge", b->name, options->subject);
        error = -EINVAL;
    }
    if (error)
        return error;
    struct compare_result result = {.same_run = is_same_run(a, b)};
    struct work work = {.a = a, .b = b, .options = options, .result = &result};
    /* each cell may be the first of a total, so there are at most as many totals */
    work.pairs = calloc(2 * b->count + 1, sizeof *work.pairs);
    result.comparisons = calloc(2 * b->count + 1, sizeof *result.comparisons);
    error = work.pairs && result.comparisons ? 0 : -ENOMEM;
    if (!error)
        error = compare_environments(a, b, &result);
    if (!error)
        error = pair_cells(&work);
    if (!error)
        error = note_unmeasured(&work);
    if (!error)
        relate_to_controls(&work);
    if (!error)
        error = pair_totals(&work);
    if (!error)
        error = compare_all(&work);
    for (size_t i = 0; i < work.count; i++)
        free_pair(&work.pairs[i]);
    free(work.pairs);
    if (error) {
        reason_set(reason, "out of memory while comparing");
        compare_finish(&result);
    } else {
        *ret = result;
    }
    return error;
}

void compare_finish(struct compare_result *result) {
    free(result->comparisons);
    free(result->differences);
    free(result->failures);
    free(result->left_out);
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

bool compare_is_outermost(const struct compare_result *result,
                          const struct comparison *c) {
    bool has_total = false;
    for (size_t i = 0; !comparison_is_total(c) && i < result->count; i++) {
        const struct comparison *other = &result->comparisons[i];
        has_total |=
            comparison_is_total(other) && strcmp(other->measure, c->measure) == 0 &&
            strcmp(other->variant, c->variant) == 0 && other->threads == c->threads;
    }
    return !has_total;
}

/* Whether its verdict counts. A cell's does not if there is a total: the total's does. */
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
    return result->failure_count || compare_on_trial(result) == 0 ||
           compare_machine_moved(result) || compare_blind(result);
}
