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

/* The logarithm of a measure in a round; NAN if the round lacks it. A value that cannot
 * be distinguished from nothing counts as the least that can. */
static double log_of(const struct result *result, struct cell cell,
                     const struct variant *variant, enum measure measure,
                     unsigned round) {
    cell.variant = variant;
    const struct reading *reading = result_good(result, &cell, round);
    if (!reading || isnan(reading->at[measure]))
        return NAN;
    return log(fmax(reading->at[measure], measures[measure].least));
}

/* The difference of logarithms between a cell and the reference in one round; NAN if
 * either lacks the measure. */
typedef double difference(const struct result *result, const struct cell *cell,
                          const struct variant *reference, enum measure measure,
                          unsigned round);

static double cell_difference(const struct result *result, const struct cell *cell,
                              const struct variant *reference, enum measure measure,
                              unsigned round) {
    return log_of(result, *cell, cell->variant, measure, round) -
           log_of(result, *cell, reference, measure, round);
}

/* The mean of that difference over all workloads except controls; NAN if a workload has
 * none. `cell`'s own workload does not matter. */
static double mean_difference(const struct result *result, const struct cell *cell,
                              const struct variant *reference, enum measure measure,
                              unsigned round) {
    double sum = 0;
    for (size_t w = 0; w < result->plan.workload_count; w++) {
        struct cell own = *cell;
        own.workload = &result->plan.workloads[w];
        if (!own.workload->is_control)
            sum += cell_difference(result, &own, reference, measure, round);
    }
    return sum / (double)summary_workloads(&result->plan);
}

/* A cell to compare, and where its judgement goes. */
struct item {
    const struct cell *cell;
    struct judgement *judgement;
};

/* Judges the comparisons of one series together. Those without a pair get no judgement.
 * Changes `items`. */
static void judge_together(const struct result *result, enum measure measure,
                           difference *get, struct item *items, size_t n) {
    const struct variant *reference =
        variant_find(&result->plan.variants, result->plan.reference);
    unsigned rounds = plan_rounds(&result->plan, measure_kind(measure));
    struct judge_sample *samples = heap_new(n, sizeof *samples);
    struct judge_sample **known = heap_new(n, sizeof *known);
    size_t count = 0;
    for (size_t i = 0; reference && i < n; i++) {
        double differences[rounds + 1], nothing[rounds + 1];
        size_t pairs = 0;
        for (unsigned round = 1; round <= rounds; round++) {
            nothing[pairs] = 0;
            differences[pairs] = get(result, items[i].cell, reference, measure, round);
            pairs += !isnan(differences[pairs]);
        }
        if (pairs == 0 || items[i].cell->variant == reference)
            continue;
        if (judge_take(nothing, pairs, differences, pairs, true, &samples[count]) < 0)
            abort(); /* no n is 0 or above PLAN_ROUNDS_MAX */
        known[count] = &samples[count];
        items[count++] = items[i];
    }
    judge_moderate(known, count);
    for (size_t i = 0; i < count; i++)
        *items[i].judgement =
            judge_alone(known[i], measure_tolerance(&result->plan, measure));
    free(samples);
    free(known);
}

static void judge_series(struct summary *summary, enum measure measure, unsigned slot) {
    const struct result *result = summary->result;
    enum cell_kind kind = measure_kind(measure);
    struct item *items =
        heap_new(summary->counts[kind] + summary->overall_count, sizeof *items);
    size_t cells = 0, all = 0;
    for (size_t i = 0; i < summary->counts[kind]; i++) {
        struct summary_row *row = &summary->rows[kind][i];
        if (measure_is_of(&result->plan, measure, slot, &row->cell))
            items[cells++] = (struct item){&row->cell, &row->versus[measure]};
    }
    /* of each overall row any cell of its variant and threads */
    struct item *overall = items + cells;
    for (size_t i = 0; i < summary->overall_count; i++) {
        struct summary_overall *row = &summary->overall[i];
        for (size_t k = 0; k < cells; k++)
            if (items[k].cell->variant == row->variant &&
                items[k].cell->threads == row->threads) {
                overall[all++] =
                    (struct item){items[k].cell, &row->versus[measure][slot]};
                break;
            }
    }
    judge_together(result, measure, mean_difference, overall, all);
    judge_together(result, measure, cell_difference, items, cells);
    free(items);
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
    for (struct measure_series_id s = MEASURE_BEGIN; measure_next(&result->plan, &s);)
        judge_series(ret, s.measure, s.slot);
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

double summary_idle_at(const struct summary *summary, const struct cell *cell,
                       uint64_t due_ms) {
    double due = (double)due_ms;
    return result_median_of(summary->result, cell, reading_sample_at, &due);
}
