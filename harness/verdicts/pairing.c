#include "compare_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "text.h"

/* ---- notes ---- */

__attribute__((format(printf, 2, 3))) static void note(struct compare_notes *notes,
                                                       const char *format, ...) {
    notes->at = heap_resize(notes->at, notes->count + 1, sizeof *notes->at);
    va_list args;
    va_start(args, format);
    vsnprintf(notes->at[notes->count++].text, sizeof notes->at->text, format, args);
    va_end(args);
}

static void label(const struct series *s, char *buffer, size_t size) {
    char measure[64];
    measure_label(s->measure, measure, sizeof measure);
    plan_cell_name(s->workload, s->variant, s->threads, buffer, size);
    text_append(buffer, size, ", %s", measure);
}

void pairing_leave_out(struct pairing *w, const struct series *series, const char *why) {
    char what[200];
    label(series, what, sizeof what);
    note(&w->result->left_out, "%s: %s", what, why);
}

/* ---- what may be compared ---- */

static void compare_environments(struct pairing *w) {
    json_t *ours = runfigures_environment(w->a), *theirs = runfigures_environment(w->b);
    json_t *all = json_copy(ours), *value;
    const char *name;
    json_object_update_missing(all, theirs);
    json_object_foreach(all, name, value) {
        if (!json_equal(json_object_get(ours, name), json_object_get(theirs, name)))
            note(&w->result->differences, "%s: %.150s against %.150s", name,
                 runfigures_text(w->a, "environment", name),
                 runfigures_text(w->b, "environment", name));
    }
    json_decref(all);
    json_decref(ours);
    json_decref(theirs);
}

/* Whether a variant is the same on both sides. If a fact is missing, as the build of a
 * watched program is, it may have changed. */
static bool is_unchanged(const struct pairing *w, const char *variant) {
    static const char *const facts[] = {"version", "sha256", "settings", "command"};
    const json_t *ours = runfigures_variant(w->a, variant);
    const json_t *theirs = runfigures_variant(w->b, variant);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const json_t *here = json_object_get(ours, facts[i]);
        if (!here || !json_equal(here, json_object_get(theirs, facts[i])))
            return false;
    }
    return true;
}

/* ---- pairs of series ---- */

/* Why two series cannot be compared although neither failed; NULL if they can. */
static const char *obstacle(const struct pairing *w, const struct series *a) {
    double values[RUNFIGURES_ROUNDS_MAX];
    bool is_ratio = measure_is_ratio(a->measure);
    if (is_ratio && !is_unchanged(w, runfigures_text(w->a, "facts", "reference")))
        return "the reference variants are different builds, so ratios to them are not "
               "comparable";
    if (is_ratio && strcmp(runfigures_text(w->a, "run", "memory"),
                           runfigures_text(w->b, "run", "memory")) != 0)
        return "free memory was in different conditions (--memory), so times are not "
               "comparable";
    if (!is_ratio && w->result->differences.count)
        return "bytes are not compared between different environments";
    if (series_values(a, values) == 0)
        return "the first has no good round";
    return NULL;
}

/*
 * Why B counts as failed; NULL if it does not. A cell with some failed rounds does, and
 * its good rounds give no verdict: the failed rounds may have been the slow ones.
 */
static const char *fault_of(const struct series *a, const struct series *b) {
    double values[RUNFIGURES_ROUNDS_MAX];
    if (b->failed)
        return b->fault;
    if (series_values(b, values) == 0)
        return "no round was measured";
    if (strcmp(a->checksum, b->checksum) != 0)
        return "checksum: it did not do the same work as the first";
    return NULL;
}

static double *copy_logs(const struct series *s) {
    double *logs = heap_new(s->rounds, sizeof *logs);
    for (size_t r = 0; r < s->rounds; r++)
        logs[r] = log(s->by_round[r]);
    return logs;
}

static void take_pair(struct pairing *w, const struct series *a, const struct series *b) {
    const char *why = obstacle(w, a), *fault = fault_of(a, b);
    char what[200];
    label(b, what, sizeof what);
    if (why)
        pairing_leave_out(w, b, why);
    else if (fault)
        note(&w->result->failures, "%s: %s", what, fault);
    else
        w->pairs[w->count++] =
            (struct pair){.a = {*a, copy_logs(a)}, .b = {*b, copy_logs(b)}};
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
static void note_alone(struct pairing *w, const struct series *s,
                       const struct runfigures *own, const struct runfigures *other,
                       const char *which) {
    char what[200];
    if (first_of_measure(other, s->measure))
        label(s, what, sizeof what);
    else if (first_of_measure(own, s->measure) == s)
        measure_label(s->measure, what, sizeof what);
    else
        return;
    note(&w->result->left_out, "%s: only the %s has it", what, which);
}

static void pair_cells(struct pairing *w) {
    const char *from = w->options->variant_a, *to = w->options->variant_b;
    for (size_t i = 0; i < w->b->count; i++) {
        const struct series *b = &w->b->series[i];
        const struct series *a = runfigures_find(w->a, b->measure, b->workload,
                                                 from ? from : b->variant, b->threads);
        if (is_unasked(w->b, b, to))
            continue;
        if (a)
            take_pair(w, a, b);
        else
            note_alone(w, b, w->b, w->a, "second");
    }
    for (size_t i = 0; i < w->a->count; i++) {
        const struct series *a = &w->a->series[i];
        if (!is_unasked(w->a, a, from) &&
            !runfigures_find(w->b, a->measure, a->workload, to ? to : a->variant,
                             a->threads))
            note_alone(w, a, w->a, w->b, "first");
    }
}

/* Notes the variants that the second should have measured and could not. If a variant has
 * no figures any more, that is not an improvement. */
static void note_unmeasured(struct pairing *w) {
    const char *name;
    json_t *why;
    json_object_foreach(json_object_get(w->b->head, "unmeasured"), name, why) {
        if (runfigures_variant(w->a, name))
            note(&w->result->failures, "%s: not measured, it is %s", name,
                 json_string_value(why));
    }
}

/* ---- what is on trial ---- */

bool pairing_is_subject(const struct pairing *w, const char *variant) {
    const struct compare_options *o = w->options;
    if (o->subject && strcmp(o->subject, variant) == 0)
        return true;
    return w->result->same_run || o->variant_a || !is_unchanged(w, variant);
}

/* Whether a variant that both sides have is on trial, even if it cannot be compared. */
static bool has_subject(const struct pairing *w) {
    const char *name;
    json_t *variant;
    json_object_foreach(json_object_get(w->b->head, "variants"), name, variant) {
        if (runfigures_variant(w->a, name) && pairing_is_subject(w, name))
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

/* Whether a series shows what each round did to a pair's cell: it is of the same measure,
 * workload and threads, of another variant that did not change, and no round of it is
 * missing on either side. */
static bool is_measuring_stick(const struct pairing *w, const struct pair *pair,
                               const struct series *a, const struct series *b) {
    const struct series *own = &pair->b.series;
    return a && strcmp(b->measure, own->measure) == 0 &&
           strcmp(b->workload, own->workload) == 0 && b->threads == own->threads &&
           strcmp(b->variant, own->variant) != 0 && !pairing_is_subject(w, b->variant) &&
           a->rounds == pair->a.series.rounds && b->rounds == own->rounds &&
           is_whole(a) && is_whole(b);
}

static void divide_by_mean(struct side *side, const double *sums, size_t sticks) {
    for (size_t r = 0; r < side->series.rounds; r++)
        side->judged[r] -= sums[r] / (double)sticks;
}

/*
 * A time is a ratio to the reference's time in its round, so half of its noise is that of
 * the reference. Between two runs a time is therefore divided by the mean of all variants
 * that did not change, the reference included. What a round did to all of them drops out,
 * and the mean of many has less noise than one.
 */
static void relate_to_controls(const struct pairing *w, struct pair *pair) {
    double sum_a[RUNFIGURES_ROUNDS_MAX] = {0}, sum_b[RUNFIGURES_ROUNDS_MAX] = {0};
    size_t sticks = 0;
    for (size_t k = 0; k < w->b->count; k++) {
        const struct series *b = &w->b->series[k];
        const struct series *a =
            runfigures_find(w->a, b->measure, b->workload, b->variant, b->threads);
        if (!is_measuring_stick(w, pair, a, b))
            continue;
        sticks++;
        for (size_t r = 0; r < a->rounds; r++)
            sum_a[r] += log(a->by_round[r]);
        for (size_t r = 0; r < b->rounds; r++)
            sum_b[r] += log(b->by_round[r]);
    }
    if (sticks < 2) /* 1: only the reference, whose ratio is 1 */
        return;
    pair->is_related = true;
    divide_by_mean(&pair->a, sum_a, sticks);
    divide_by_mean(&pair->b, sum_b, sticks);
}

/* ---- totals ---- */

/* Whether a cell is part of the total that `like` is part of. */
static bool is_member(const struct pair *cell, const struct pair *like) {
    const struct series *x = &cell->b.series, *y = &like->b.series;
    return !x->is_control && strcmp(x->measure, y->measure) == 0 &&
           strcmp(x->variant, y->variant) == 0 && x->threads == y->threads;
}

/*
 * Makes one side of a total of `members` cells: their geometric mean in each round, NAN
 * if one of them lacks the round. If a cell is not related to the controls, the total is
 * not (`is_related`): all cells are then judged by their own figures, because a mean of
 * both kinds would mean nothing.
 */
static struct side sum_up(const struct pairing *w, const struct pair *like,
                          size_t members, bool is_related, bool side_b) {
    struct series total = side_b ? like->b.series : like->a.series;
    double *sums = heap_new(total.rounds, sizeof *sums);
    double *judged = heap_new(total.rounds, sizeof *judged);
    total.workload[0] = '\0';
    total.tolerance = 0;
    total.by_round = sums;
    for (size_t i = 0; i < w->cells; i++) {
        const struct side *own = side_b ? &w->pairs[i].b : &w->pairs[i].a;
        if (!is_member(&w->pairs[i], like))
            continue;
        total.tolerance += own->series.tolerance;
        for (size_t r = 0; r < total.rounds; r++) {
            double value = r < own->series.rounds ? log(own->series.by_round[r]) : NAN;
            sums[r] += value;
            judged[r] += is_related && !isnan(value) ? own->judged[r] : value;
        }
    }
    for (size_t r = 0; r < total.rounds; r++) {
        sums[r] = exp(sums[r] / (double)members);
        judged[r] /= (double)members;
    }
    total.tolerance /= (double)members; /* averaged like the logarithms */
    return (struct side){total, judged};
}

/* Adds the total that a cell is the first of: one for each measure, variant and number of
 * threads that has two workloads or more, without controls. */
static void add_total(struct pairing *w, size_t cell) {
    const struct pair *like = &w->pairs[cell];
    size_t members = 0, first = w->cells;
    bool is_related = true;
    for (size_t k = w->cells; k-- > 0;)
        if (is_member(&w->pairs[k], like)) {
            members++;
            first = k;
            is_related &= w->pairs[k].is_related;
        }
    if (first == cell && members > 1)
        w->pairs[w->count++] =
            (struct pair){sum_up(w, like, members, is_related, false),
                          sum_up(w, like, members, is_related, true), is_related};
}

/* ---- all of it ---- */

void pairing_make(struct pairing *w) {
    w->has_subject = has_subject(w);
    /* each cell may be the first of a total, so there are at most as many totals */
    w->pairs = heap_new(2 * w->b->count, sizeof *w->pairs);
    compare_environments(w);
    pair_cells(w);
    note_unmeasured(w);
    w->cells = w->count;
    for (size_t i = 0; i < w->cells; i++)
        if (!w->result->same_run && measure_is_ratio(w->pairs[i].b.series.measure))
            relate_to_controls(w, &w->pairs[i]);
    for (size_t i = 0; !w->options->demands && i < w->cells; i++)
        add_total(w, i);
}

void pairing_finish(struct pairing *w) {
    for (size_t i = 0; i < w->count; i++) {
        struct pair *pair = &w->pairs[i];
        if (i >= w->cells) {
            free(pair->a.series.by_round);
            free(pair->b.series.by_round);
        }
        free(pair->a.judged);
        free(pair->b.judged);
    }
    free(w->pairs);
}
