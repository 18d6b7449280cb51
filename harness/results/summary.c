/* See summary.h. */
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "record.h"

/* ---- checksums ---- */

/* The name of the work that a record's cell did: of the same work comes the same sum. */
static void work_of(const json_t *record, char *buffer, size_t size) {
    double threads = 0;
    record_number(record, "threads", &threads);
    snprintf(buffer, size, "%s/%g", record_text(record, "workload"), threads);
}

/* {work: {checksum: how many cells}} of those that went well. */
static json_t *count_checksums(const json_t *records) {
    json_t *works = json_object();
    size_t i;
    json_t *record;
    json_array_foreach((json_t *)records, i, record) {
        char work[96];
        const char *checksum = record_text(record, "checksum");
        if (!record_is_ok(record))
            continue;
        work_of(record, work, sizeof work);
        if (!json_object_get(works, work))
            json_object_set_new(works, work, json_object());
        json_t *counts = json_object_get(works, work);
        json_int_t count = json_integer_value(json_object_get(counts, checksum));
        json_object_set_new(counts, checksum, json_integer(count + 1));
    }
    return works;
}

/* Whether at least as many cells of the same work agree on another checksum. */
static bool is_outvoted(const json_t *works, const json_t *record) {
    char work[96];
    const char *own = record_text(record, "checksum"), *other;
    work_of(record, work, sizeof work);
    json_t *counts = json_object_get(works, work), *count;
    json_int_t agreeing = json_integer_value(json_object_get(counts, own));
    json_object_foreach(counts, other, count) {
        if (strcmp(other, own) != 0 && json_integer_value(count) >= agreeing)
            return true;
    }
    return false;
}

/*
 * Every cell of the same work must have the same checksum. One that disagrees with at
 * least as many others has failed; where none has a majority, all have.
 */
static void fail_differing_checksums(json_t *records) {
    size_t i;
    json_t *record;
    json_t *works = count_checksums(records);
    json_array_foreach(records, i, record) {
        if (record_is_ok(record) && is_outvoted(works, record))
            record_fail(record, "checksum",
                        "its checksum differs from that of the same work in other cells: "
                        "it did not do the same");
    }
    json_decref(works);
}

/* ---- over the rounds ---- */

/* Pairs within rounds: only rounds in which both sides went well. */
static int compare_with_reference(const struct result *result, const struct cell *cell,
                                  figure *get, double tolerance,
                                  struct stats_comparison *ret) {
    const struct plan *plan = &result->plan;
    struct cell reference = *cell;
    reference.variant = variant_find(&plan->variants, plan->reference);
    *ret = (struct stats_comparison){.verdict = STATS_NONE};
    if (!reference.variant || reference.variant == cell->variant)
        return 0;
    unsigned rounds = plan_rounds(plan, cell->kind);
    double ours[rounds + 1], theirs[rounds + 1];
    size_t n = 0;
    for (unsigned round = 1; round <= rounds; round++) {
        const json_t *a = result_record(result, cell, round);
        const json_t *b = result_record(result, &reference, round);
        n += record_is_ok(a) && record_is_ok(b) && get(a, &ours[n]) &&
             get(b, &theirs[n]) && theirs[n] > 0;
    }
    return n ? stats_compare(ours, theirs, n, tolerance, plan->seed, ret) : 0;
}

/* The geometric mean over the workloads of one round's ratios; false where a pair lacks.
 */
static bool mean_ratio(const struct result *result, const struct cell *cell,
                       const struct variant *reference, figure *get, unsigned round,
                       double *ret) {
    double logs = 0;
    size_t n = 0;
    for (size_t w = 0; w < result->plan.workload_count; w++) {
        struct cell ours = *cell, theirs;
        ours.workload = &result->plan.workloads[w];
        theirs = ours;
        theirs.variant = reference;
        double a, b;
        const json_t *x = result_record(result, &ours, round);
        const json_t *y = result_record(result, &theirs, round);
        if (ours.workload->is_control)
            continue;
        if (!record_is_ok(x) || !record_is_ok(y) || !get(x, &a) || !get(y, &b) ||
            a <= 0 || b <= 0)
            return false;
        logs += log(a / b);
        n++;
    }
    if (n == 0)
        return false;
    *ret = exp(logs / (double)n);
    return true;
}

/* `cell` says kind, variant, threads and idle driver; its workload is not looked at. */
static int compare_overall(const struct result *result, const struct cell *cell,
                           figure *get, double tolerance, struct stats_comparison *ret) {
    const struct plan *plan = &result->plan;
    const struct variant *reference = variant_find(&plan->variants, plan->reference);
    *ret = (struct stats_comparison){.verdict = STATS_NONE};
    if (!reference || reference == cell->variant)
        return 0;
    unsigned rounds = plan_rounds(plan, cell->kind);
    double ratios[rounds + 1], ones[rounds + 1];
    size_t n = 0;
    for (unsigned round = 1; round <= rounds; round++) {
        ones[n] = 1;
        n += mean_ratio(result, cell, reference, get, round, &ratios[n]);
    }
    return n ? stats_compare(ratios, ones, n, tolerance, plan->seed, ret) : 0;
}

static int make_overall_row(const struct result *result, struct summary_overall *row) {
    const struct plan *plan = &result->plan;
    struct cell cell = {.kind = CELL_TIMED,
                        .variant = row->variant,
                        .threads = row->threads,
                        .memory = plan_main_memory(plan, CELL_TIMED)};
    int error =
        compare_overall(result, &cell, figure_wall, plan->time_tolerance, &row->time);
    cell.memory = MEMORY_COLD;
    if (!error && plan_has_warm_and_cold(plan))
        error = compare_overall(result, &cell, figure_wall, plan->time_tolerance,
                                &row->time_cold);
    cell.kind = CELL_MEMORY;
    cell.memory = MEMORY_ANY;
    for (int idle = IDLE_DRIVERS - 1; !error && idle >= 0; idle--) {
        if (!plan->drivers[idle])
            continue;
        cell.idle = (enum idle_driver)idle;
        error = compare_overall(result, &cell, figure_idle, plan->memory_tolerance,
                                &row->idle[idle]);
        if (!error) /* of the dead one where there is one: it comes last */
            error = compare_overall(result, &cell, figure_peak, plan->memory_tolerance,
                                    &row->peak);
    }
    return error;
}

static int make_overall(struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    summary->overall =
        calloc(plan->thread_counts * plan->variants.count + 1, sizeof *summary->overall);
    int error = summary->overall ? 0 : -ENOMEM;
    for (size_t t = 0; !error && t < plan->thread_counts; t++)
        for (size_t v = 0; !error && v < plan->variants.count; v++) {
            if (plan->variants.at[v].status != VARIANT_OK)
                continue;
            struct summary_overall *row = &summary->overall[summary->overall_count++];
            row->variant = &plan->variants.at[v];
            row->threads = plan->threads[t];
            error = make_overall_row(summary->result, row);
        }
    return error;
}

static size_t note_faults(const struct result *result, const struct cell *cell,
                          struct summary *summary, struct summary_fault *ret) {
    size_t good = 0;
    for (unsigned round = 1; round <= plan_rounds(&result->plan, cell->kind); round++) {
        const json_t *record = result_record(result, cell, round);
        if (!record) {
            summary->missing++;
        } else if (record_is_ok(record)) {
            good++;
        } else {
            summary->failed++;
            if (ret->failed++ == 0) {
                ret->fault = record_text(record, "fault");
                ret->reason = record_text(record, "reason");
            }
        }
    }
    return good;
}

static void derive(const struct result *result, struct summary_memory *row) {
    const struct cell *cell = &row->cell;
    row->t50_s = figures_median(result, cell, figure_t50_s, -1);
    row->t90_s = figures_median(result, cell, figure_t90_s, -1);
    row->residual = figures_median(result, cell, figure_residual, 0);
    row->area = figures_median(result, cell, figure_area, 0);
    row->idle_cpu_ns = figures_median(result, cell, figure_idle_cpu_ns, -1);
    row->idle_wakeups = figures_median(result, cell, figure_idle_wakeups, -1);
    row->wake_penalty = figures_median(result, cell, figure_wake_penalty, 0);
    row->wake_faults = figures_median(result, cell, figure_wake_faults, 0);
    double slopes[result->plan.memory_rounds + 1];
    row->ratchet_rounds = figures_over_rounds(result, cell, figure_ratchet, slopes);
    if (row->ratchet_rounds == 0)
        return;
    row->ratchet = stats_median(slopes, row->ratchet_rounds);
    stats_order_interval(slopes, row->ratchet_rounds, 0.95, &row->ratchet_low,
                         &row->ratchet_high);
}

static int make_memory_row(struct summary *summary, const struct cell *cell,
                           struct summary_memory *row) {
    const struct result *result = summary->result;
    double tolerance = result->plan.memory_tolerance;
    row->cell = *cell;
    row->rounds = note_faults(result, cell, summary, &row->fault);
    row->baseline = figures_median(result, cell, figure_baseline, 0);
    row->live = figures_median(result, cell, figure_live, 0);
    row->floor = figures_median(result, cell, figure_floor, 0);
    row->peak = figures_median(result, cell, figure_peak, 0);
    row->peak_rss = figures_median(result, cell, figure_peak_rss, 0);
    row->end = figures_median(result, cell, figure_end, 0);
    row->idle = figures_median(result, cell, figure_idle, 0);
    row->anon_huge = figures_median(result, cell, figure_anon_huge, 0);
    row->sparse = row->floor - row->live;
    row->retained = row->idle - row->floor - row->baseline;
    derive(result, row);
    int error =
        compare_with_reference(result, cell, figure_idle, tolerance, &row->idle_versus);
    return error ? error
                 : compare_with_reference(result, cell, figure_peak, tolerance,
                                          &row->peak_versus);
}

static int make_timed_row(struct summary *summary, const struct cell *cell,
                          struct summary_timed *row) {
    const struct result *result = summary->result;
    row->cell = *cell;
    row->rounds = note_faults(result, cell, summary, &row->fault);
    row->wall = figures_median(result, cell, figure_wall, 0);
    row->user = figures_median(result, cell, figure_user, 0);
    row->sys = figures_median(result, cell, figure_sys, 0);
    row->faults = figures_median(result, cell, figure_faults, 0);
    row->ops_per_s = figures_median(result, cell, figure_ops_per_s, 0);
    row->wake_penalty = figures_median(result, cell, figure_wake_penalty, 0);
    row->wake_faults = figures_median(result, cell, figure_wake_faults, 0);
    double walls[result->plan.timed_rounds + 1];
    size_t n = figures_over_rounds(result, cell, figure_wall, walls);
    row->outliers = n ? stats_outliers(walls, n) : 0;
    return compare_with_reference(result, cell, figure_wall, result->plan.time_tolerance,
                                  &row->wall_versus);
}

static double sum_active(const json_t *records) {
    double seconds = 0, value;
    size_t i;
    json_t *record;
    json_array_foreach((json_t *)records, i, record) {
        if (record_number(record, "wall_s", &value))
            seconds += value;
        if (record_number(record, "active_ms", &value))
            seconds += value / 1000;
        if (record_number(record, "conditioning_s", &value))
            seconds += value;
    }
    return seconds;
}

static void make_latency_row(struct summary *summary, const struct cell *cell,
                             struct summary_latency *row) {
    row->cell = *cell;
    row->rounds = note_faults(summary->result, cell, summary, &row->fault);
    latency_of_cell(summary->result, cell, row->calls);
}

static void make_syscalls_row(struct summary *summary, const struct cell *cell,
                              struct summary_syscalls *row) {
    row->cell = *cell;
    note_faults(summary->result, cell, summary, &row->fault);
    row->rounds = syscalls_of_cell(summary->result, cell, &row->total, row->columns);
    row->faults = figures_median(summary->result, cell, figure_faults_a_build, 0);
}

static void make_instructions_row(struct summary *summary, const struct cell *cell,
                                  struct summary_instructions *row) {
    row->cell = *cell;
    note_faults(summary->result, cell, summary, &row->fault);
    row->rounds = instructions_of_cell(summary->result, cell, &row->count);
}

/* The cells of one kind of run, and room for a row of each; the caller frees both. */
static int allot(const struct plan *plan, enum cell_kind kind, size_t row_size,
                 struct cell **ret_cells, size_t *ret_count, void **ret_rows) {
    int error = plan_cells(plan, kind, ret_cells, ret_count);
    if (!error && !(*ret_rows = calloc(*ret_count + 1, row_size)))
        error = -ENOMEM;
    return error;
}

int summary_make(struct summary *ret, const struct result *result) {
    struct summary s = {.result = result};
    struct cell *memory = NULL, *timed = NULL, *latency = NULL, *syscalls = NULL,
                *instructions = NULL;
    const struct plan *plan = &result->plan;
    fail_differing_checksums((json_t *)result->records);
    s.active_s = sum_active(result->records);
    int error = allot(plan, CELL_MEMORY, sizeof *s.memory, &memory, &s.memory_count,
                      (void **)&s.memory);
    if (!error)
        error = allot(plan, CELL_TIMED, sizeof *s.timed, &timed, &s.timed_count,
                      (void **)&s.timed);
    if (!error)
        error = allot(plan, CELL_LATENCY, sizeof *s.latency, &latency, &s.latency_count,
                      (void **)&s.latency);
    if (!error)
        error = allot(plan, CELL_SYSCALLS, sizeof *s.syscalls, &syscalls,
                      &s.syscalls_count, (void **)&s.syscalls);
    if (!error)
        error = allot(plan, CELL_INSTRUCTIONS, sizeof *s.instructions, &instructions,
                      &s.instructions_count, (void **)&s.instructions);
    for (size_t i = 0; !error && i < s.memory_count; i++)
        error = make_memory_row(&s, &memory[i], &s.memory[i]);
    for (size_t i = 0; !error && i < s.timed_count; i++)
        error = make_timed_row(&s, &timed[i], &s.timed[i]);
    for (size_t i = 0; !error && i < s.latency_count; i++)
        make_latency_row(&s, &latency[i], &s.latency[i]);
    for (size_t i = 0; !error && i < s.syscalls_count; i++)
        make_syscalls_row(&s, &syscalls[i], &s.syscalls[i]);
    for (size_t i = 0; !error && i < s.instructions_count; i++)
        make_instructions_row(&s, &instructions[i], &s.instructions[i]);
    if (!error)
        error = make_overall(&s);
    free(memory);
    free(timed);
    free(latency);
    free(syscalls);
    free(instructions);
    if (error)
        summary_finish(&s);
    else
        *ret = s;
    return error;
}

void summary_finish(struct summary *summary) {
    free(summary->memory);
    free(summary->timed);
    free(summary->latency);
    free(summary->syscalls);
    free(summary->instructions);
    free(summary->overall);
}

static bool is_cell(const struct cell *cell, const char *workload, const char *variant,
                    unsigned threads) {
    return strcmp(cell->workload->name, workload) == 0 &&
           strcmp(cell->variant->name, variant) == 0 && cell->threads == threads;
}

const struct summary_memory *summary_find_memory(const struct summary *summary,
                                                 const char *workload,
                                                 const char *variant, unsigned threads,
                                                 enum idle_driver idle) {
    for (size_t i = 0; i < summary->memory_count; i++) {
        const struct summary_memory *row = &summary->memory[i];
        if (is_cell(&row->cell, workload, variant, threads) && row->cell.idle == idle)
            return row;
    }
    return NULL;
}

const struct summary_timed *summary_find_timed(const struct summary *summary,
                                               const char *workload, const char *variant,
                                               unsigned threads) {
    return summary_find_timed_on(summary, workload, variant, threads,
                                 plan_main_memory(&summary->result->plan, CELL_TIMED));
}

const struct summary_timed *summary_find_timed_on(const struct summary *summary,
                                                  const char *workload,
                                                  const char *variant, unsigned threads,
                                                  enum memory_condition memory) {
    for (size_t i = 0; i < summary->timed_count; i++)
        if (is_cell(&summary->timed[i].cell, workload, variant, threads) &&
            summary->timed[i].cell.memory == memory)
            return &summary->timed[i];
    return NULL;
}

/* The median of a figure that takes a number, over the rounds of a memory cell. */
static double median_at(const struct summary *summary, const struct cell *cell,
                        bool (*get)(const json_t *, uint64_t, double *), uint64_t at) {
    const struct result *result = summary->result;
    double values[result->plan.memory_rounds + 1];
    size_t n = 0;
    for (unsigned round = 1; round <= result->plan.memory_rounds; round++) {
        const json_t *record = result_record(result, cell, round);
        n += record_is_ok(record) && get(record, at, &values[n]);
    }
    return n ? stats_median(values, n) : -1;
}

double summary_idle_at(const struct summary *summary, const struct cell *cell,
                       uint64_t due_ms) {
    return median_at(summary, cell, figure_sample_at, due_ms);
}

double summary_gap_at(const struct summary *summary, const struct cell *cell,
                      unsigned build) {
    return median_at(summary, cell, figure_gap_at, build);
}
