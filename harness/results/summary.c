#include "summary.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "stats.h"

/* ---- a row by itself ---- */

static void note_rounds(struct summary *summary, struct summary_row *row) {
    const struct result *result = summary->result;
    unsigned rounds = plan_rounds(&result->plan, row->cell.kind);
    for (unsigned round = 1; round <= rounds; round++) {
        const struct reading *reading = result_reading(result, &row->cell, round);
        if (!reading) {
            summary->missing++;
        } else if (reading->ok) {
            row->rounds++;
        } else {
            summary->failed++;
            if (row->fault.failed++ == 0) {
                row->fault.fault = reading->fault;
                row->fault.reason = reading->reason;
            }
        }
    }
}

static void count_outliers(const struct result *result, struct summary_row *row) {
    double walls[result->plan.timed_rounds + 1];
    size_t n = result_values(result, &row->cell, MEASURE_TIME, walls);
    row->outliers = n ? stats_outliers(walls, n) : 0;
}

static void bound_ratchet(const struct result *result, struct summary_row *row) {
    double slopes[result->plan.memory_rounds + 1];
    size_t n = result_values(result, &row->cell, MEASURE_RATCHET, slopes);
    row->ratchet_rounds = n;
    if (n)
        stats_order_interval(slopes, n, JUDGE_CONFIDENCE, &row->ratchet_low,
                             &row->ratchet_high);
}

static double syscalls_of(const struct reading *reading, const void *column) {
    return reading->syscalls[*(const size_t *)column];
}

static void count_syscalls(const struct result *result, struct summary_row *row) {
    double values[result->plan.syscall_rounds + 1];
    for (size_t i = 0; i < 1 + SYSCALLS_COLUMNS; i++) {
        size_t n = result_collect(result, &row->cell, syscalls_of, &i, values);
        row->syscall_rounds = n;
        row->syscalls[i] = n ? stats_median(values, n) : 0;
    }
}

struct which {
    size_t call, figure;
};

static double latency_of(const struct reading *reading, const void *context) {
    const struct which *which = context;
    return reading->calls[which->call][which->figure];
}

static double sum_up(enum latency_figure figure, const double *values, size_t n) {
    double sum = 0, most = values[0];
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
        most = fmax(most, values[i]);
    }
    return figure >= LATENCY_OVER  ? sum
           : figure == LATENCY_MAX ? most
                                   : stats_median(values, n);
}

static void sum_up_calls(const struct result *result, struct summary_row *row) {
    double values[result->plan.latency_rounds + 1];
    for (size_t c = 0; c < LATENCY_CALLS; c++)
        for (size_t k = 0; k < LATENCY_FIGURES; k++) {
            size_t n = result_collect(result, &row->cell, latency_of,
                                      &(struct which){c, k}, values);
            row->calls[c].rounds = n;
            if (n)
                row->calls[c].figure[k] = sum_up((enum latency_figure)k, values, n);
        }
}

static void make_row(struct summary *summary, const struct cell *cell,
                     struct summary_row *row) {
    row->cell = *cell;
    note_rounds(summary, row);
    for (enum measure m = 0; m < MEASURES; m++)
        row->at[m] = result_median(summary->result, cell, m);
    if (cell->kind == CELL_TIMED)
        count_outliers(summary->result, row);
    else if (cell->kind == CELL_MEMORY)
        bound_ratchet(summary->result, row);
    else if (cell->kind == CELL_LATENCY)
        sum_up_calls(summary->result, row);
    else if (cell->kind == CELL_SYSCALLS)
        count_syscalls(summary->result, row);
}

static void make_rows(struct summary *summary, enum cell_kind kind) {
    struct cell *cells;
    size_t count = plan_cells(&summary->result->plan, kind, &cells);
    summary->rows[kind] = heap_new(count, sizeof *summary->rows[kind]);
    summary->counts[kind] = count;
    for (size_t i = 0; i < count; i++)
        make_row(summary, &cells[i], &summary->rows[kind][i]);
    free(cells);
}

double summary_sparse(const struct summary_row *row) {
    return row->at[MEASURE_FLOOR] - row->at[MEASURE_LIVE];
}

double summary_retained(const struct summary_row *row) {
    return row->at[MEASURE_FOOTPRINT] - row->at[MEASURE_FLOOR] -
           row->at[MEASURE_BASELINE];
}

double summary_excess(const struct summary_row *row) {
    return row->at[MEASURE_END] - row->at[MEASURE_FLOOR] - row->at[MEASURE_BASELINE];
}

/* ---- against the reference ---- */

/* The logarithm of a measure in a round; false if the round lacks it. A value that cannot
 * be distinguished from nothing counts as the least that can. */
static bool take_log(const struct result *result, const struct cell *cell,
                     const struct variant *variant, enum measure measure, unsigned round,
                     double *ret) {
    struct cell own = *cell;
    own.variant = variant;
    const struct reading *reading = result_good(result, &own, round);
    if (!reading || isnan(reading->at[measure]))
        return false;
    *ret = log(fmax(reading->at[measure], measures[measure].least));
    return true;
}

/* The difference of logarithms between a cell and the reference in one round. False if
 * either lacks the measure. */
static bool cell_difference(const struct result *result, const struct cell *cell,
                            const struct variant *reference, enum measure measure,
                            unsigned round, double *ret) {
    double ours, theirs;
    if (!take_log(result, cell, cell->variant, measure, round, &ours) ||
        !take_log(result, cell, reference, measure, round, &theirs))
        return false;
    *ret = ours - theirs;
    return true;
}

/* The mean of that difference over all workloads except controls. False if a workload has
 * none. `cell`'s own workload does not matter. */
static bool mean_difference(const struct result *result, const struct cell *cell,
                            const struct variant *reference, enum measure measure,
                            unsigned round, double *ret) {
    double sum = 0, difference;
    size_t n = 0;
    for (size_t w = 0; w < result->plan.workload_count; w++) {
        struct cell own = *cell;
        own.workload = &result->plan.workloads[w];
        if (own.workload->is_control)
            continue;
        if (!cell_difference(result, &own, reference, measure, round, &difference))
            return false;
        sum += difference;
        n++;
    }
    if (n)
        *ret = sum / (double)n;
    return n > 0;
}

typedef bool difference_of(const struct result *, const struct cell *,
                           const struct variant *, enum measure, unsigned, double *);

/* The comparisons of one series, which are judged together. */
struct family {
    const struct result *result;
    const struct variant *reference;
    enum measure measure;
    struct judge_sample *samples;
    struct judge_sample **known; /* the samples that have pairs */
    struct judgement **whose;    /* where the judgement of each of these goes */
    size_t count;
};

static struct family family_begin(const struct result *result, enum measure measure,
                                  size_t most) {
    const struct plan *plan = &result->plan;
    struct family f = {.result = result,
                       .measure = measure,
                       .reference = variant_find(&plan->variants, plan->reference)};
    f.samples = heap_new(most, sizeof *f.samples);
    f.known = heap_new(most, sizeof *f.known);
    f.whose = heap_new(most, sizeof *f.whose);
    return f;
}

static void family_add(struct family *f, const struct cell *cell, difference_of *get,
                       struct judgement *ret) {
    unsigned rounds = plan_rounds(&f->result->plan, cell->kind);
    double differences[rounds + 1], nothing[rounds + 1];
    size_t n = 0;
    if (!f->reference || f->reference == cell->variant)
        return;
    for (unsigned round = 1; round <= rounds; round++) {
        nothing[n] = 0;
        n += get(f->result, cell, f->reference, f->measure, round, &differences[n]);
    }
    if (n == 0)
        return;
    struct judge_sample *sample = &f->samples[f->count];
    f->known[f->count] = sample;
    f->whose[f->count++] = ret;
    if (judge_take(nothing, n, differences, n, true, sample) < 0)
        heap_exhausted(); /* more rounds than it takes no plan has */
}

/* Judges what was added, and ends the family. */
static void family_judge(struct family *f) {
    double tolerance = measure_tolerance(&f->result->plan, f->measure);
    judge_moderate(f->known, f->count);
    for (size_t i = 0; i < f->count; i++)
        *f->whose[i] = judge_alone(f->known[i], tolerance);
    free(f->samples);
    free(f->known);
    free(f->whose);
}

static void judge_cells(struct summary *summary, enum measure measure, unsigned slot) {
    enum cell_kind kind = measure_kind(measure);
    struct family f = family_begin(summary->result, measure, summary->counts[kind]);
    for (size_t i = 0; i < summary->counts[kind]; i++) {
        struct summary_row *row = &summary->rows[kind][i];
        if (measure_is_of(&summary->result->plan, measure, slot, &row->cell))
            family_add(&f, &row->cell, cell_difference, &row->versus[measure]);
    }
    family_judge(&f);
}

/* A cell of the slot, with the overall row's variant and threads. */
static bool find_cell(const struct summary *summary, enum measure measure, unsigned slot,
                      const struct summary_overall *overall, struct cell *ret) {
    enum cell_kind kind = measure_kind(measure);
    for (size_t i = 0; i < summary->counts[kind]; i++) {
        const struct cell *cell = &summary->rows[kind][i].cell;
        if (cell->variant == overall->variant && cell->threads == overall->threads &&
            measure_is_of(&summary->result->plan, measure, slot, cell)) {
            *ret = *cell;
            return true;
        }
    }
    return false;
}

static void judge_overall(struct summary *summary, enum measure measure, unsigned slot) {
    struct family f = family_begin(summary->result, measure, summary->overall_count);
    for (size_t i = 0; i < summary->overall_count; i++) {
        struct summary_overall *row = &summary->overall[i];
        struct cell cell;
        if (find_cell(summary, measure, slot, row, &cell))
            family_add(&f, &cell, mean_difference, &row->versus[measure][slot]);
    }
    family_judge(&f);
}

/* ---- the whole ---- */

size_t summary_workloads(const struct plan *plan) {
    size_t count = 0;
    for (size_t w = 0; w < plan->workload_count; w++)
        count += !plan->workloads[w].is_control;
    return count;
}

static void make_overall(struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    summary->overall =
        heap_new(plan->thread_counts * plan->variants.count, sizeof *summary->overall);
    for (size_t t = 0; t < plan->thread_counts; t++)
        for (size_t v = 0; v < plan->variants.count; v++) {
            if (plan->variants.at[v].status != VARIANT_OK)
                continue;
            struct summary_overall *row = &summary->overall[summary->overall_count++];
            row->variant = &plan->variants.at[v];
            row->threads = plan->threads[t];
        }
}

static double sum_active(const struct result *result) {
    double seconds = 0;
    for (size_t i = 0; i < result->reading_count; i++) {
        const double *at = result->readings[i].at;
        seconds += isnan(at[MEASURE_TIME]) ? 0 : at[MEASURE_TIME];
        seconds += isnan(at[MEASURE_ACTIVE]) ? 0 : at[MEASURE_ACTIVE] / 1000;
        seconds += isnan(at[MEASURE_CONDITIONING]) ? 0 : at[MEASURE_CONDITIONING];
    }
    return seconds;
}

void summary_make(struct summary *ret, const struct result *result) {
    *ret = (struct summary){.result = result, .active_s = sum_active(result)};
    for (enum cell_kind kind = 0; kind < CELL_KINDS; kind++)
        make_rows(ret, kind);
    make_overall(ret);
    for (struct measure_series_id s = MEASURE_BEGIN; measure_next(&result->plan, &s);) {
        judge_cells(ret, s.measure, s.slot);
        judge_overall(ret, s.measure, s.slot);
    }
}

void summary_finish(struct summary *summary) {
    for (enum cell_kind kind = 0; kind < CELL_KINDS; kind++)
        free(summary->rows[kind]);
    free(summary->overall);
}

/* ---- finding ---- */

const struct summary_row *summary_find_series(const struct summary *summary,
                                              enum measure measure, unsigned slot,
                                              const char *workload, const char *variant,
                                              unsigned threads) {
    enum cell_kind kind = measure_kind(measure);
    for (size_t i = 0; i < summary->counts[kind]; i++) {
        const struct summary_row *row = &summary->rows[kind][i];
        if (strcmp(row->cell.workload->name, workload) == 0 &&
            strcmp(row->cell.variant->name, variant) == 0 &&
            row->cell.threads == threads &&
            measure_is_of(&summary->result->plan, measure, slot, &row->cell))
            return row;
    }
    return NULL;
}

const struct summary_row *summary_find(const struct summary *summary,
                                       const struct cell *cell) {
    for (size_t i = 0; i < summary->counts[cell->kind]; i++) {
        const struct summary_row *row = &summary->rows[cell->kind][i];
        if (row->cell.workload == cell->workload && row->cell.variant == cell->variant &&
            row->cell.threads == cell->threads && row->cell.idle == cell->idle &&
            row->cell.memory == cell->memory)
            return row;
    }
    return NULL;
}

static double sample_at(const struct reading *reading, const void *due_ms) {
    return reading_sample_at(reading, *(const double *)due_ms);
}

double summary_idle_at(const struct summary *summary, const struct cell *cell,
                       uint64_t due_ms) {
    double due = (double)due_ms;
    return result_median_of(summary->result, cell, sample_at, &due);
}
