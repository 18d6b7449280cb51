#include "pairing.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "record.h"
#include "text.h"

/* ---- notes ---- */

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

static void label(const struct series *s, char *buffer, size_t size) {
    char measure[64];
    measure_label(s->measure, measure, sizeof measure);
    plan_cell_name(s->workload, s->variant, s->threads, buffer, size);
    text_append(buffer, size, ", %s", measure);
}

int pairing_leave_out(struct pairing *w, const struct series *series, const char *why) {
    char what[200];
    label(series, what, sizeof what);
    return add_note(&w->result->left_out, &w->result->left_out_count, "%s: %s", what,
                    why);
}

/* ---- what may be compared ---- */

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
    json_decref(ours);
    json_decref(theirs);
    return error;
}

/* A variant is the same on both sides if these facts are. */
static const char *const variant_facts[] = {"version", "sha256", "settings", "command"};
enum { VARIANT_FACTS = sizeof variant_facts / sizeof variant_facts[0] };

/* Older baselines do not record settings and command: their reference had none. */
static bool same_reference(const struct runfigures *a, const struct runfigures *b) {
    const char *name = runfigures_text(a, "facts", "reference");
    const json_t *ours = runfigures_variant(a, name);
    const json_t *theirs = runfigures_variant(b, name);
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

/* Why two series cannot be compared; NULL if they can. `is_fault`: because B failed, and
 * not because the two merely differ. */
static const char *obstacle(const struct pairing *w, const struct series *a,
                            const struct series *b, bool *is_fault) {
    double values[RUNFIGURES_ROUNDS_MAX];
    *is_fault = false;
    if (measure_is_ratio(a->measure) && !same_reference(w->a, w->b))
        return "the reference variants are different builds, so ratios to them are not "
               "comparable";
    if (measure_is_ratio(a->measure) && !same_memory(w->a, w->b))
        return "free memory was in different conditions (--memory), so times are not "
               "comparable";
    if (!measure_is_ratio(a->measure) && w->result->difference_count)
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
static int take_pair(struct pairing *w, const struct series *a, const struct series *b) {
    bool is_fault;
    const char *why = obstacle(w, a, b, &is_fault);
    if (!why) {
        struct pair *pair = &w->pairs[w->count++];
        *pair = (struct pair){.a = {*a, copy_logs(a)}, .b = {*b, copy_logs(b)}};
        return pair->a.judged && pair->b.judged ? 0 : -ENOMEM;
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
static int note_alone(struct pairing *w, const struct series *s,
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

static int pair_cells(struct pairing *w) {
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
static int note_unmeasured(struct pairing *w) {
    const char *name;
    json_t *why;
    int error = 0;
    json_object_foreach(json_object_get(w->b->head, "unmeasured"), name, why) {
        if (!error && runfigures_variant(w->a, name))
            error = add_note(&w->result->failures, &w->result->failure_count,
                             "%s: not measured, it is %s", name, json_string_value(why));
    }
    return error;
}

/* ---- what is on trial ---- */

/* Whether a variant is the same on both sides. If a fact is missing (in an older
 * baseline, or of a watched program), it may have changed. */
static bool is_unchanged(const struct pairing *w, const char *variant) {
    const json_t *ours = runfigures_variant(w->a, variant);
    const json_t *theirs = runfigures_variant(w->b, variant);
    for (size_t i = 0; i < VARIANT_FACTS; i++) {
        const json_t *here = json_object_get(ours, variant_facts[i]);
        if (!here || !json_equal(here, json_object_get(theirs, variant_facts[i])))
            return false;
    }
    return true;
}

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

/* Whether a series shows what each round did to the cell of `own`: it is of the same
 * measure, workload and threads, of another variant that did not change, and no round of
 * it is missing on either side. */
static bool is_measuring_stick(const struct pairing *w, const struct series *own,
                               const struct series *a, const struct series *b) {
    return a && strcmp(b->measure, own->measure) == 0 &&
           strcmp(b->workload, own->workload) == 0 && b->threads == own->threads &&
           strcmp(b->variant, own->variant) != 0 && !pairing_is_subject(w, b->variant) &&
           is_whole(a) && is_whole(b);
}

/*
 * A time is a ratio to the reference's time in its round, so half of its noise is that of
 * the reference. Between two runs a time is therefore divided by the mean of all variants
 * that did not change, the reference included. What a round did to all of them drops out,
 * and the mean of many has less noise than one.
 */
static void relate_to_controls(struct pairing *w) {
    for (size_t i = 0; !w->result->same_run && i < w->count; i++) {
        struct pair *pair = &w->pairs[i];
        size_t rounds_a = pair->a.series.rounds, rounds_b = pair->b.series.rounds,
               sticks = 0;
        double sum_a[rounds_a + 1], sum_b[rounds_b + 1];
        if (!measure_is_ratio(pair->b.series.measure))
            continue;
        memset(sum_a, 0, sizeof sum_a);
        memset(sum_b, 0, sizeof sum_b);
        for (size_t k = 0; k < w->b->count; k++) {
            const struct series *b = &w->b->series[k];
            const struct series *a =
                runfigures_find(w->a, b->measure, b->workload, b->variant, b->threads);
            if (!is_measuring_stick(w, &pair->b.series, a, b) || a->rounds != rounds_a ||
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
            pair->a.judged[r] -= sum_a[r] / (double)sticks;
        for (size_t r = 0; pair->is_related && r < rounds_b; r++)
            pair->b.judged[r] -= sum_b[r] / (double)sticks;
    }
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
static int sum_up(const struct pairing *w, size_t cells, const struct pair *like,
                  size_t members, bool is_related, bool side_b, struct side *ret) {
    struct series total = side_b ? like->b.series : like->a.series;
    double *sums = calloc(total.rounds + 1, sizeof *sums);
    double *judged = calloc(total.rounds + 1, sizeof *judged);
    total.workload[0] = '\0';
    total.tolerance = 0;
    total.by_round = sums;
    for (size_t i = 0; sums && judged && i < cells; i++) {
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
    for (size_t r = 0; sums && judged && r < total.rounds; r++) {
        sums[r] = exp(sums[r] / (double)members);
        judged[r] /= (double)members;
    }
    total.tolerance /= (double)members; /* averaged like the logarithms */
    *ret = (struct side){total, judged};
    return sums && judged ? 0 : -ENOMEM;
}

/* Adds a total for each measure, variant and number of threads that has two workloads or
 * more, without controls. */
static int pair_totals(struct pairing *w) {
    size_t cells = w->options->demands ? 0 : w->count;
    int error = 0;
    for (size_t i = 0; !error && i < cells; i++) {
        const struct pair *like = &w->pairs[i];
        struct pair total = {.is_total = true, .is_related = true};
        size_t members = 0, first = cells;
        for (size_t k = cells; k-- > 0;)
            if (is_member(&w->pairs[k], like)) {
                members++;
                first = k;
                total.is_related &= w->pairs[k].is_related;
            }
        if (first != i || members < 2)
            continue;
        error = sum_up(w, cells, like, members, total.is_related, false, &total.a);
        if (!error)
            error = sum_up(w, cells, like, members, total.is_related, true, &total.b);
        w->pairs[w->count++] = total;
    }
    return error;
}

/* ---- all of it ---- */

int pairing_make(struct pairing *w) {
    w->has_subject = has_subject(w);
    /* each cell may be the first of a total, so there are at most as many totals */
    w->pairs = calloc(2 * w->b->count + 1, sizeof *w->pairs);
    int error = w->pairs ? compare_environments(w->a, w->b, w->result) : -ENOMEM;
    if (!error)
        error = pair_cells(w);
    if (!error)
        error = note_unmeasured(w);
    if (!error)
        relate_to_controls(w);
    return error ? error : pair_totals(w);
}

void pairing_finish(struct pairing *w) {
    for (size_t i = 0; i < w->count; i++) {
        struct pair *pair = &w->pairs[i];
        if (pair->is_total) {
            free(pair->a.series.by_round);
            free(pair->b.series.by_round);
        }
        free(pair->a.judged);
        free(pair->b.judged);
    }
    free(w->pairs);
}
