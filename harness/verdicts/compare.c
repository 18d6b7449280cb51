/* See compare.h. */
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ranktest.h"
#include "reason.h"
#include "record.h"

static const double confidence = 0.95;

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

/*
 * What may differ without a figure's meaning another thing: the plots' program, the load,
 * and the versions of what is being compared. That a workload is the same work is known
 * by its checksum, so its program may be built anew.
 */
static bool may_differ(const char *fact) {
    static const char *const names[] = {"load_at_start", "gnuplot", "git_commit",
                                        "tidemark"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(fact, names[i]) == 0)
            return true;
    return strncmp(fact, "sha256 of ", 10) == 0;
}

static int compare_environments(const struct runfigures *a, const struct runfigures *b,
                                struct compare_result *result) {
    const json_t *ours = json_object_get(a->head, "environment");
    const json_t *theirs = json_object_get(b->head, "environment");
    const char *name;
    json_t *value;
    int error = 0;
    json_object_foreach((json_t *)ours, name, value) {
        if (error || may_differ(name) || json_equal(value, json_object_get(theirs, name)))
            continue;
        const char *text = json_string_value(value);
        error = add_note(&result->differences, &result->difference_count,
                         "%s: %.150s against %.150s", name, text ? text : "-",
                         runfigures_text(b, "environment", name));
    }
    result->alike = result->difference_count == 0;
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

static int run_test(const struct comparison *c, const double *x, const double *y,
                    double level, struct ranktest *ret) {
    enum { SEED = 1 };
    if (!c->paired)
        return ranktest_unpaired(x, c->n_a, y, c->n_b, level, SEED, ret);
    double differences[c->n_a];
    for (size_t i = 0; i < c->n_a; i++)
        differences[i] = y[i] - x[i];
    return ranktest_paired(differences, c->n_a, level, SEED, ret);
}

/* Everything but the correction for several comparisons, which needs them all. */
static int compare_series(const struct series *a, const struct series *b, bool paired,
                          double strict_level, struct comparison *c) {
    double *x = malloc((a->rounds + 1) * sizeof *x);
    double *y = malloc((b->rounds + 1) * sizeof *y);
    struct ranktest test, strict;
    int error = x && y ? 0 : -ENOMEM;
    if (!error) {
        take_values(a, b, paired, x, &c->n_a, y, &c->n_b);
        error = c->n_a && c->n_b ? run_test(c, x, y, confidence, &test) : -ENODATA;
    }
    if (!error)
        error = run_test(c, x, y, strict_level, &strict);
    if (!error) {
        c->median_a = exp(stats_median(x, c->n_a));
        c->median_b = exp(stats_median(y, c->n_b));
        c->ratio = exp(test.estimate);
        c->low = exp(test.low);
        c->high = exp(test.high);
        c->p = test.p;
        c->smallest_visible =
            expm1(fmax(strict.high - strict.estimate, strict.estimate - strict.low));
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
    char measure[32];
    runfigures_measure_label(s->measure, measure, sizeof measure);
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
    if (series_is_time(a) && !same_reference(w->a, w->b))
        return "the reference variant is another build, so ratios to it mean another "
               "thing";
    if (series_is_time(a) && !same_memory(w->a, w->b))
        return "free memory was in another condition (--memory), so times mean another "
               "thing";
    if (!series_is_time(a) && !w->result->alike)
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
           (series_is_time(s) &&
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

static void name_comparison(const struct work *w, const struct pair *pair,
                            struct comparison *c) {
    const struct compare_options *o = w->options;
    double wanted = series_is_time(&pair->b) ? o->time_tolerance : o->memory_tolerance;
    *c = (struct comparison){.threads = pair->b.threads, .paired = w->result->same_run};
    memcpy(c->measure, pair->b.measure, sizeof c->measure);
    memcpy(c->workload, pair->b.workload, sizeof c->workload);
    memcpy(c->variant, pair->b.variant, sizeof c->variant);
    /* A baseline's tolerance may have been learnt: A's counts. */
    c->tolerance = wanted > 0 ? wanted : pair->a.tolerance;
}

/* Holm's step-down: the k-th smallest of m (from 0) times m - k, never falling. */
static void correct(struct comparison *c, size_t m) {
    bool done[m + 1];
    memset(done, 0, sizeof done);
    double floor = 0;
    for (size_t k = 0; k < m; k++) {
        size_t least = m;
        for (size_t i = 0; i < m; i++)
            if (!done[i] && (least == m || c[i].p < c[least].p))
                least = i;
        done[least] = true;
        floor = fmin(1, fmax(floor, c[least].p * (double)(m - k)));
        c[least].p_adjusted = floor;
    }
}

/* How many rounds a side must have before so small a p can be. */
static size_t least_rounds(bool paired, double p) {
    size_t n = 2;
    while (n < RUNFIGURES_ROUNDS_MAX &&
           (paired ? ranktest_least_p_paired(n) : ranktest_least_p_unpaired(n, n)) > p)
        n++;
    return n;
}

/*
 * An interval narrows with the square root of the rounds. To decide, half of it must fit
 * between the estimate and the edge of the tolerance, or, beyond that, and 1; a tenth of
 * the tolerance stands for an estimate that lies on the edge.
 */
static size_t rounds_needed(const struct comparison *c, size_t family) {
    size_t least = least_rounds(c->paired, (1 - confidence) / (double)family);
    double effect = fabs(log(c->ratio)), edge = log1p(c->tolerance);
    double room = fmax(effect < edge ? edge - effect : effect, edge / 10);
    if (isinf(c->smallest_visible))
        return least;
    double factor = log1p(c->smallest_visible) / room;
    double rounds = ceil((double)c->n_b * fmax(1, factor * factor));
    return rounds > (double)least ? (size_t)fmin(rounds, 1e6) : least;
}

static void judge(struct comparison *c, size_t family) {
    double edge = log1p(c->tolerance), effect = log(c->ratio);
    if (c->p_adjusted <= 1 - confidence && fabs(effect) > edge)
        c->verdict = effect > 0 ? STATS_WORSE : STATS_BETTER;
    else if (log(c->low) >= -edge && log(c->high) <= edge)
        c->verdict = STATS_SAME;
    else
        c->verdict = STATS_INCONCLUSIVE;
    c->rounds_needed = rounds_needed(c, family);
}

/* Compares a family: all totals, or all cells. */
static int compare_family(struct work *w, bool totals) {
    struct compare_result *result = w->result;
    struct comparison *first = result->comparisons + result->count;
    size_t family = totals ? w->totals : w->count - w->totals, n = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct pair *pair = &w->pairs[i];
        if (pair->is_total != totals)
            continue;
        name_comparison(w, pair, &first[n]);
        int error = compare_series(&pair->a, &pair->b, result->same_run,
                                   1 - (1 - confidence) / (double)family, &first[n]);
        char what[200];
        label(&pair->b, what, sizeof what);
        if (error == -ENODATA)
            error = add_note(&result->left_out, &result->left_out_count,
                             "%s: no round is good throughout", what);
        else if (!error)
            n++;
        if (error)
            return error;
    }
    correct(first, n);
    for (size_t i = 0; i < n; i++)
        judge(&first[i], family);
    result->count += n;
    return 0;
}

int compare_make(struct compare_result *ret, const struct runfigures *a,
                 const struct runfigures *b, const struct compare_options *options,
                 struct reason *reason) {
    int error = check_facts(a, b, reason);
    if (error)
        return error;
    struct compare_result result = {.same_run = is_same_run(a, b)};
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
        error = compare_family(&work, true);
    if (!error)
        error = compare_family(&work, false);
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

size_t compare_count(const struct compare_result *result, enum stats_verdict verdict) {
    size_t count = 0;
    for (size_t i = 0; i < result->count; i++)
        count += result->comparisons[i].verdict == verdict;
    return count;
}

bool compare_is_undecided(const struct compare_result *result) {
    bool has_totals = result->count && !result->comparisons[0].workload[0];
    for (size_t i = 0; i < result->count; i++)
        if ((!has_totals || !result->comparisons[i].workload[0]) &&
            result->comparisons[i].verdict == STATS_INCONCLUSIVE)
            return true;
    return false;
}
