/* See compare.h. */
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reason.h"
#include "record.h"
#include "stats.h"
#include "student.h"

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
                   "%s and %s did not measure the same: %s is %s in one and %s in the "
                   "other; run again with the same",
                   a->name, b->name, name, json_string_value(value),
                   runfigures_text(b, "facts", name));
        return -EINVAL;
    }
    return 0;
}

static int compare_environments(const struct runfigures *a, const struct runfigures *b,
                                struct compare_result *result) {
    json_t *ours = runfigures_environment(a), *theirs = runfigures_environment(b);
    const char *name;
    json_t *value;
    int error = ours && theirs ? 0 : -ENOMEM;
    json_object_foreach(ours, name, value) {
        if (!error && !json_equal(value, json_object_get(theirs, name)))
            error = add_note(&result->differences, &result->difference_count,
                             "%s: %.150s against %.150s", name,
                             runfigures_text(a, "environment", name),
                             runfigures_text(b, "environment", name));
    }
    result->alike = result->difference_count == 0;
    json_decref(ours);
    json_decref(theirs);
    return error;
}

/* The load at the start, with its last process number, is never the same twice. */
static bool is_same_run(const struct runfigures *a, const struct runfigures *b) {
    return json_equal(json_object_get(a->head, "run"), json_object_get(b->head, "run")) &&
           json_equal(json_object_get(a->head, "environment"),
                      json_object_get(b->head, "environment"));
}

/* Older baselines do not name the command: they have none. */
static bool same_reference(const struct runfigures *a, const struct runfigures *b) {
    static const char *const facts[] = {"version", "sha256", "command"};
    const char *name = runfigures_text(a, "facts", "reference");
    const json_t *ours = json_object_get(json_object_get(a->head, "variants"), name);
    const json_t *theirs = json_object_get(json_object_get(b->head, "variants"), name);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (strcmp(record_text(ours, facts[i]), record_text(theirs, facts[i])) != 0)
            return false;
    return ours && theirs;
}

/* Older baselines do not say: it was as it came. */
static bool same_memory(const struct runfigures *a, const struct runfigures *b) {
    const char *ours = runfigures_text(a, "run", "memory");
    const char *theirs = runfigures_text(b, "run", "memory");
    return strcmp(*ours ? ours : "any", *theirs ? theirs : "any") == 0;
}

/* ---- one comparison ---- */

/* Both sides' logarithms; of one run only rounds that are good on both. */
static void take_values(const struct series *a, const struct series *b, bool paired,
                        double *x, size_t *ret_n_x, double *y, size_t *ret_n_y) {
    size_t n_x = 0, n_y = 0;
    for (size_t i = 0; paired && i < a->rounds && i < b->rounds; i++)
        if (!isnan(a->by_round[i]) && !isnan(b->by_round[i])) {
            x[n_x++] = log(a->by_round[i]);
            y[n_y++] = log(b->by_round[i]);
        }
    if (!paired) {
        n_x = series_values(a, x);
        n_y = series_values(b, y);
        for (size_t i = 0; i < n_x; i++)
            x[i] = log(x[i]);
        for (size_t i = 0; i < n_y; i++)
            y[i] = log(y[i]);
    }
    *ret_n_x = n_x;
    *ret_n_y = n_y;
}

/* What one comparison says by itself. -ENODATA where no round is good throughout. */
static int compare_series(const struct series *a, const struct series *b,
                          struct comparison *c, struct judge_sample *sample) {
    double *x = malloc((a->rounds + 1) * sizeof *x);
    double *y = malloc((b->rounds + 1) * sizeof *y);
    int error = x && y ? 0 : -ENOMEM;
    if (!error) {
        take_values(a, b, c->paired, x, &c->n_a, y, &c->n_b);
        error = c->n_a && c->n_b ? 0 : -ENODATA;
    }
    if (!error)
        error = judge_take(x, c->n_a, y, c->n_b, c->paired, sample);
    if (!error) {
        c->median_a = exp(sample->median_a);
        c->median_b = exp(sample->median_b);
    }
    free(x);
    free(y);
    return error;
}

/* ---- all of them ---- */

struct pair {
    struct series a, b; /* copies; totals own their values */
    bool is_total;
};

struct work {
    const struct runfigures *a, *b;
    const struct compare_options *options;
    struct compare_result *result;
    struct pair *pairs;
    size_t count, totals;
};

static void label(const struct series *s, char *buffer, size_t size) {
    char measure[64];
    measure_label(s->measure, measure, sizeof measure);
    snprintf(buffer, size, "%s on %s, %u threads, %s",
             s->workload[0] ? s->workload : "all workloads", s->variant, s->threads,
             measure);
}

/* Why two series are not compared; NULL: they may be. `is_fault` tells a failure of B's
 * from a plain difference. */
static const char *obstacle(const struct work *w, const struct series *a,
                            const struct series *b, bool *is_fault) {
    double values[RUNFIGURES_ROUNDS_MAX];
    *is_fault = false;
    if (!a)
        return "only the second has it";
    if (measure_is_ratio(a->measure) && !same_reference(w->a, w->b))
        return "the reference variant is another build, so ratios to it mean another "
               "thing";
    if (measure_is_ratio(a->measure) && !same_memory(w->a, w->b))
        return "free memory was in another condition (--memory), so times mean another "
               "thing";
    if (!measure_is_ratio(a->measure) && !w->result->alike)
        return "bytes are not compared between unlike environments";
    if (series_values(a, values) == 0)
        return "the first has no good round";
    *is_fault = true;
    if (b->failed)
        return b->fault;
    if (series_values(b, values) == 0)
        return "no round was measured";
    if (strcmp(a->checksum, b->checksum) != 0)
        return "checksum: it is not the work that the first did";
    *is_fault = false;
    return NULL;
}

/*
 * A cell with some failed rounds is a failure that must be seen, and its good rounds are
 * no verdict: what failed may have been what was slow.
 */
static int take_pair(struct work *w, const struct series *a, const struct series *b) {
    bool is_fault;
    const char *why = obstacle(w, a, b, &is_fault);
    if (!why) {
        w->pairs[w->count++] = (struct pair){*a, *b, false};
        return 0;
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

static int pair_cells(struct work *w) {
    const char *from = w->options->variant_a, *to = w->options->variant_b;
    int error = 0;
    for (size_t i = 0; !error && i < w->b->count; i++) {
        const struct series *b = &w->b->series[i];
        if (is_unasked(w->b, b, to))
            continue;
        error = take_pair(w,
                          runfigures_find(w->a, b->measure, b->workload,
                                          from ? from : b->variant, b->threads),
                          b);
    }
    for (size_t i = 0; !error && i < w->a->count; i++) {
        const struct series *a = &w->a->series[i];
        char what[200];
        label(a, what, sizeof what);
        if (is_unasked(w->a, a, from) ||
            runfigures_find(w->b, a->measure, a->workload, to ? to : a->variant,
                            a->threads))
            continue;
        error = add_note(&w->result->left_out, &w->result->left_out_count,
                         "%s: only the first has it", what);
    }
    return error;
}

static bool same_total(const struct series *x, const struct series *y) {
    return strcmp(x->measure, y->measure) == 0 && strcmp(x->variant, y->variant) == 0 &&
           x->threads == y->threads;
}

/* The geometric mean over workloads in each round, NAN where one of them lacks it. */
static int sum_up(const struct work *w, size_t cells, const struct series *like,
                  bool side_b, struct series *ret, size_t *ret_members) {
    struct series total = *like;
    total.workload[0] = '\0';
    total.tolerance = 0;
    total.by_round = calloc(total.rounds + 1, sizeof *total.by_round);
    if (!total.by_round)
        return -ENOMEM;
    size_t members = 0;
    for (size_t i = 0; i < cells; i++) {
        const struct series *s = side_b ? &w->pairs[i].b : &w->pairs[i].a;
        if (s->is_control || !same_total(s, like))
            continue;
        members++;
        total.tolerance += s->tolerance;
        for (size_t r = 0; r < total.rounds; r++)
            total.by_round[r] += r < s->rounds ? log(s->by_round[r]) : NAN;
    }
    for (size_t r = 0; r < total.rounds; r++)
        total.by_round[r] = exp(total.by_round[r] / (double)members);
    total.tolerance /= (double)members; /* a mean of logarithms: so is its tolerance */
    *ret = total;
    *ret_members = members;
    return 0;
}

/* One for each measure, variant and number of threads with two workloads or more. */
static int pair_totals(struct work *w) {
    size_t cells = w->count;
    for (size_t i = 0; i < cells; i++) {
        const struct pair *pair = &w->pairs[i];
        bool is_first = !pair->b.is_control;
        for (size_t k = 0; k < i; k++)
            is_first &= w->pairs[k].b.is_control || !same_total(&w->pairs[k].b, &pair->b);
        if (!is_first)
            continue;
        struct pair total = {.is_total = true};
        size_t members;
        int error = sum_up(w, cells, &pair->a, false, &total.a, &members);
        if (!error && (error = sum_up(w, cells, &pair->b, true, &total.b, &members)))
            free(total.a.by_round);
        if (error)
            return error;
        if (members >= 2) {
            w->pairs[w->count++] = total;
            w->totals++;
            continue;
        }
        free(total.a.by_round);
        free(total.b.by_round);
    }
    return 0;
}

/* Whether nothing of a variant changed. What an older baseline does not say may have. */
static bool is_unchanged(const struct work *w, const char *variant) {
    static const char *const facts[] = {"version", "sha256", "settings", "command"};
    const json_t *ours =
        json_object_get(json_object_get(w->a->head, "variants"), variant);
    const json_t *theirs =
        json_object_get(json_object_get(w->b->head, "variants"), variant);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const json_t *here = json_object_get(ours, facts[i]);
        if (!here || !json_equal(here, json_object_get(theirs, facts[i])))
            return false;
    }
    return true;
}

static bool is_subject(const struct work *w, const char *variant) {
    const struct compare_options *o = w->options;
    if (o->subject)
        return strcmp(o->subject, variant) == 0;
    return w->result->same_run || o->variant_a || !is_unchanged(w, variant);
}

static bool has_subject(const struct work *w) {
    for (size_t i = 0; i < w->count; i++)
        if (is_subject(w, w->pairs[i].b.variant))
            return true;
    return false;
}

static void name_comparison(const struct work *w, const struct pair *pair,
                            struct comparison *c) {
    const struct compare_options *o = w->options;
    double wanted =
        measure_is_ratio(pair->b.measure) ? o->time_tolerance : o->memory_tolerance;
    *c = (struct comparison){.threads = pair->b.threads,
                             .paired = w->result->same_run,
                             .decides = measure_decides(pair->b.measure)};
    memcpy(c->measure, pair->b.measure, sizeof c->measure);
    memcpy(c->workload, pair->b.workload, sizeof c->workload);
    memcpy(c->variant, pair->b.variant, sizeof c->variant);
    /* A baseline's tolerance may have been learnt: A's counts. */
    c->tolerance = wanted > 0 ? wanted : pair->a.tolerance;
    c->is_control = has_subject(w) && !is_subject(w, c->variant);
}

/* Each comparison by itself, totals first, in `result` and beside it in `samples`. */
static int compare_each(struct work *w, bool totals, struct judge_sample *samples) {
    struct compare_result *result = w->result;
    for (size_t i = 0; i < w->count; i++) {
        const struct pair *pair = &w->pairs[i];
        if (pair->is_total != totals)
            continue;
        struct comparison *c = &result->comparisons[result->count];
        name_comparison(w, pair, c);
        int error = compare_series(&pair->a, &pair->b, c, &samples[result->count]);
        char what[200];
        label(&pair->b, what, sizeof what);
        if (error == -ENODATA)
            error = add_note(&result->left_out, &result->left_out_count,
                             "%s: no round is good throughout", what);
        else if (!error)
            result->count++;
        if (error)
            return error;
    }
    return 0;
}

/* ---- what the comparisons of a measure say of each other ---- */

static bool is_total(const struct comparison *c) {
    return !c->workload[0];
}

/* The comparisons of a measure that are totals, or cells, into `ret`. */
static size_t list_alike(const struct compare_result *result, const char *measure,
                         bool totals, struct judge_sample *samples,
                         struct judge_sample **ret) {
    size_t n = 0;
    for (size_t i = 0; i < result->count; i++)
        if (is_total(&result->comparisons[i]) == totals &&
            strcmp(result->comparisons[i].measure, measure) == 0)
            ret[n++] = &samples[i];
    return n;
}

static void moderate(const struct compare_result *result, const char *measure,
                     bool totals, struct judge_sample *samples) {
    struct judge_sample *alike[result->count + 1];
    judge_moderate(alike, list_alike(result, measure, totals, samples, alike));
}

/*
 * Rounds of one run share a build, a boot and an hour, so two runs of the same thing
 * differ by more than their rounds. By how much is what the controls tell: the median of
 * their squared t over what it is where nothing is between the runs (genomic control,
 * Devlin & Roeder 1999). A median, since a control may have a reason of its own.
 */
static double inflation_of(const struct compare_result *result, const char *measure,
                           bool everything, const struct judge_sample *samples,
                           size_t *ret_count) {
    double squares[result->count + 1];
    size_t n = 0;
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        if (!(c->is_control || everything) || c->paired || !(samples[i].error_df > 0) ||
            strcmp(c->measure, measure) != 0)
            continue;
        double t = samples[i].difference / samples[i].error;
        double expected = student_quantile(0.5, samples[i].error_df);
        squares[n++] = t * t / (expected * expected);
    }
    *ret_count = n;
    return n >= 4 ? sqrt(fmax(1, stats_median(squares, n))) : 1;
}

/* Whether all controls' cells moved the same way: not what is on trial, but the machine.
 */
static void find_drift(const struct compare_result *result,
                       const struct judge_sample *samples,
                       struct compare_control *control) {
    double cells[result->count + 1], tolerance = 0, mean = 0;
    size_t n = 0;
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        if (!c->is_control || is_total(c) || strcmp(c->measure, control->measure) != 0)
            continue;
        tolerance = fmax(tolerance, c->tolerance);
        cells[n++] = samples[i].difference;
        mean += samples[i].difference;
    }
    mean /= fmax(1, (double)n);
    control->drift = 1;
    if (n == 0)
        return;
    control->drift = exp(mean);
    if (n < 4 || fabs(mean) <= log1p(tolerance))
        return;
    double nothing[n];
    memset(nothing, 0, sizeof nothing);
    struct judge_sample all, *alone = &all;
    if (judge_take(nothing, n, cells, n, true, &all) == 0) {
        judge_moderate(&alone, 1);
        control->moved = judge_p(&all) <= 0.01;
    }
}

/* The controls of every measure; the samples' errors become what they are between runs.
 */
static void use_controls(struct compare_result *result, bool everything,
                         struct judge_sample *samples) {
    for (size_t i = 0; i < result->count; i++) {
        const char *measure = result->comparisons[i].measure;
        bool is_first = result->control_count < COMPARE_MEASURES_MAX;
        for (size_t k = 0; k < result->control_count; k++)
            is_first &= strcmp(result->controls[k].measure, measure) != 0;
        if (!is_first)
            continue;
        struct compare_control *control = &result->controls[result->control_count++];
        *control = (struct compare_control){0};
        memcpy(control->measure, measure, sizeof control->measure);
        moderate(result, measure, true, samples);
        moderate(result, measure, false, samples);
        control->inflation =
            inflation_of(result, measure, everything, samples, &control->count);
        find_drift(result, samples, control);
    }
}

static const struct compare_control *control_of(const struct compare_result *result,
                                                const struct comparison *c) {
    for (size_t i = 0; i < result->control_count; i++)
        if (strcmp(result->controls[i].measure, c->measure) == 0)
            return &result->controls[i];
    static const struct compare_control none = {.inflation = 1, .drift = 1};
    return &none;
}

/* ---- verdicts ---- */

/* Holm's step-down: the k-th smallest of m (from 0) times m - k, never falling. Of the
 * comparisons on trial from `first` on, `n` of them all. Returns m. */
static size_t correct(struct comparison *family[], size_t n) {
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
        floor = fmin(1, fmax(floor, family[least]->p * (double)(m - k)));
        family[least]->judged.p_adjusted = floor;
    }
    return m;
}

/*
 * Widens an error to what it is between two runs. The factor is an estimate, too: a
 * median of squares of normal values is worth 0.37 degrees of freedom a value (Rousseeuw
 * & Croux 1993, of the MAD), for that share of the variance that it adds (Satterthwaite
 * 1946).
 */
static void widen(struct judge_sample *s, const struct compare_control *control) {
    double square = control->inflation * control->inflation;
    double share = (square - 1) / square;
    s->error *= control->inflation;
    if (share > 0)
        s->error_df = 1 / (1 / s->error_df + share * share / (0.37 * control->count));
}

/* Judges a family: all totals or all cells, of the measures that decide or of the others.
 */
static void judge_family(struct compare_result *result, bool totals, bool decides,
                         struct judge_sample *samples) {
    struct comparison *family[result->count + 1];
    size_t n = 0;
    for (size_t i = 0; i < result->count; i++) {
        struct comparison *c = &result->comparisons[i];
        if (is_total(c) != totals || c->decides != decides)
            continue;
        widen(&samples[i], control_of(result, c));
        c->p = judge_p(&samples[i]);
        family[n++] = c;
    }
    size_t tested = correct(family, n);
    double level = (1 - JUDGE_CONFIDENCE) / fmax(1, (double)tested);
    for (size_t i = 0; i < n; i++) {
        struct comparison *c = family[i];
        const struct judge_sample *s = &samples[c - result->comparisons];
        c->judged = judge(s, c->judged.p_adjusted, level, c->tolerance);
        if (c->is_control)
            c->judged.verdict = VERDICT_NONE;
        else if (control_of(result, c)->moved && verdict_is_change(c->judged.verdict))
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
        bool nothing_changed =
            !result->same_run && !w->options->variant_a && !has_subject(w);
        use_controls(result, nothing_changed, samples);
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
        reason_set(reason, "%s has no variant %s to put on trial", b->name,
                   options->subject);
        error = -EINVAL;
    }
    if (error)
        return error;
    struct compare_result result = {.same_run = is_same_run(a, b),
                                    .detect = options->detect > 0 ? options->detect
                                                                  : COMPARE_DETECT};
    struct work work = {.a = a, .b = b, .options = options, .result = &result};
    /* each cell may be the first of a total */
    work.pairs = calloc(2 * b->count + 1, sizeof *work.pairs);
    result.comparisons = calloc(2 * b->count + 1, sizeof *result.comparisons);
    error = work.pairs && result.comparisons ? 0 : -ENOMEM;
    if (!error)
        error = compare_environments(a, b, &result);
    if (!error)
        error = pair_cells(&work);
    if (!error)
        error = pair_totals(&work);
    if (!error)
        error = compare_all(&work);
    for (size_t i = 0; i < work.count; i++)
        if (work.pairs[i].is_total) {
            free(work.pairs[i].a.by_round);
            free(work.pairs[i].b.by_round);
        }
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

/* Asked for are the totals on trial; where there are none, the cells. */
static bool is_asked_for(const struct compare_result *result,
                         const struct comparison *c) {
    bool has_totals = result->count && is_total(&result->comparisons[0]);
    return !c->is_control && c->decides && (!has_totals || is_total(c));
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
        bool is_seen = verdict_is_change(c->judged.verdict);
        if (is_asked_for(result, c) && !is_seen &&
            c->judged.smallest_visible > fmax(result->detect, c->tolerance) &&
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
