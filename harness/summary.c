/* See summary.h. */
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *record, const char *name) {
    const char *text = json_string_value(json_object_get(record, name));
    return text ? text : "";
}

static double number_of(const json_t *json, const char *name) {
    return json_number_value(json_object_get(json, name));
}

static bool is_ok(const json_t *record) {
    return record && strcmp(text_of(record, "status"), "ok") == 0;
}

/* ---- checksums ---- */

static bool same_work(const json_t *a, const json_t *b) {
    return strcmp(text_of(a, "workload"), text_of(b, "workload")) == 0 &&
           number_of(a, "threads") == number_of(b, "threads");
}

static size_t count_agreeing(const json_t *records, const json_t *record) {
    size_t i, agreeing = 0;
    json_t *other;
    json_array_foreach((json_t *)records, i, other) agreeing +=
        is_ok(other) && same_work(record, other) &&
        strcmp(text_of(other, "checksum"), text_of(record, "checksum")) == 0;
    return agreeing;
}

/* How many cells agree on the most common checksum of the same work. */
static size_t count_most_common(const json_t *records, const json_t *record) {
    size_t i, most = 0;
    json_t *other;
    json_array_foreach((json_t *)records, i, other) {
        if (!is_ok(other) || !same_work(record, other))
            continue;
        if (strcmp(text_of(other, "checksum"), text_of(record, "checksum")) == 0)
            continue;
        size_t agreeing = count_agreeing(records, other);
        if (agreeing > most)
            most = agreeing;
    }
    return most;
}

/*
 * Every cell of the same work must have the same checksum. One that disagrees with at
 * least as many others has failed; where none has a majority, all have.
 */
static void fail_differing_checksums(json_t *records) {
    size_t i;
    json_t *record;
    json_t *verdicts = json_array();
    json_array_foreach(records, i, record) {
        bool differs = is_ok(record) && count_most_common(records, record) >=
                                            count_agreeing(records, record);
        json_array_append_new(verdicts, json_boolean(differs));
    }
    json_array_foreach(records, i, record) {
        if (json_is_false(json_array_get(verdicts, i)))
            continue;
        json_object_set_new(record, "status", json_string("failed"));
        json_object_set_new(record, "fault", json_string("checksum"));
        json_object_set_new(record, "reason",
                            json_string("its checksum differs from that of the same work "
                                        "in other cells: it did not do the same"));
    }
    json_decref(verdicts);
}

/* ---- finding records ---- */

static const json_t *find_record(const struct result *result, const struct cell *cell,
                                 unsigned round) {
    char key[192];
    plan_cell_key(cell, round, key, sizeof key);
    size_t i;
    json_t *record;
    json_array_foreach((json_t *)result->records, i, record) {
        if (strcmp(text_of(record, "key"), key) == 0)
            return record;
    }
    return NULL;
}

static unsigned rounds_of(const struct plan *plan, enum cell_kind kind) {
    return kind == CELL_MEMORY ? plan->memory_rounds : plan->timed_rounds;
}

/* A figure of one record; returns false where the record does not have it. */
typedef bool figure(const json_t *record, double *ret);

static const json_t *find_named(const json_t *record, const char *list, const char *field,
                                const json_t *value) {
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(record, list), i, entry) {
        if (json_equal(json_object_get(entry, field), value))
            return entry;
    }
    return NULL;
}

static const json_t *checkpoint(const json_t *record, const char *name) {
    json_t *wanted = json_string(name);
    const json_t *found = find_named(record, "checkpoints", "name", wanted);
    json_decref(wanted);
    return found;
}

static bool take(const json_t *json, const char *name, double *ret) {
    const json_t *value = json_object_get(json, name);
    if (!json_is_number(value))
        return false;
    *ret = json_number_value(value);
    return true;
}

static bool sample_at(const json_t *record, uint64_t due_ms, double *ret) {
    json_t *wanted = json_integer((json_int_t)due_ms);
    const json_t *sample = find_named(record, "samples", "due_ms", wanted);
    json_decref(wanted);
    return take(sample, "footprint", ret);
}

static const json_t *last_sample(const json_t *record) {
    const json_t *samples = json_object_get(record, "samples");
    size_t count = json_array_size(samples);
    return count ? json_array_get(samples, count - 1) : NULL;
}

static bool figure_baseline(const json_t *record, double *ret) {
    return take(json_object_get(checkpoint(record, "start"), "memory"), "footprint", ret);
}

static bool figure_live(const json_t *record, double *ret) {
    return take(checkpoint(record, "end"), "live", ret);
}

static bool figure_floor(const json_t *record, double *ret) {
    return take(checkpoint(record, "end"), "floor", ret);
}

static bool figure_end(const json_t *record, double *ret) {
    return take(json_object_get(checkpoint(record, "end"), "memory"), "footprint", ret);
}

static bool figure_peak(const json_t *record, double *ret) {
    return take(record, "peak_footprint", ret);
}

static bool figure_peak_rss(const json_t *record, double *ret) {
    return take(record, "peak_rss", ret);
}

static bool figure_idle(const json_t *record, double *ret) {
    return take(last_sample(record), "footprint", ret);
}

static bool figure_anon_huge(const json_t *record, double *ret) {
    return take(last_sample(record), "anon_huge", ret);
}

static bool figure_wall(const json_t *record, double *ret) {
    return take(record, "wall_s", ret);
}

static bool figure_user(const json_t *record, double *ret) {
    return take(record, "user_s", ret);
}

static bool figure_sys(const json_t *record, double *ret) {
    return take(record, "sys_s", ret);
}

static bool figure_faults(const json_t *record, double *ret) {
    return take(json_object_get(record, "work"), "minflt", ret);
}

static bool figure_ops_per_s(const json_t *record, double *ret) {
    double ops, wall_ns;
    const json_t *work = json_object_get(record, "work");
    if (!take(work, "ops", &ops) || !take(work, "wall", &wall_ns) || wall_ns <= 0)
        return false;
    *ret = ops / (wall_ns / 1e9);
    return true;
}

/* ---- over the rounds ---- */

/* The figure in every round that went well; returns how many. */
static size_t over_rounds(const struct result *result, const struct cell *cell,
                          figure *get, double *ret_values) {
    size_t n = 0;
    for (unsigned round = 1; round <= rounds_of(&result->plan, cell->kind); round++) {
        const json_t *record = find_record(result, cell, round);
        n += is_ok(record) && get(record, &ret_values[n]);
    }
    return n;
}

static double median_over_rounds(const struct result *result, const struct cell *cell,
                                 figure *get) {
    double values[rounds_of(&result->plan, cell->kind) + 1];
    size_t n = over_rounds(result, cell, get, values);
    return n ? stats_median(values, n) : 0;
}

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
    unsigned rounds = rounds_of(plan, cell->kind);
    double ours[rounds + 1], theirs[rounds + 1];
    size_t n = 0;
    for (unsigned round = 1; round <= rounds; round++) {
        const json_t *a = find_record(result, cell, round);
        const json_t *b = find_record(result, &reference, round);
        n += is_ok(a) && is_ok(b) && get(a, &ours[n]) && get(b, &theirs[n]) &&
             theirs[n] > 0;
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
        const json_t *x = find_record(result, &ours, round);
        const json_t *y = find_record(result, &theirs, round);
        if (ours.workload->is_control)
            continue;
        if (!is_ok(x) || !is_ok(y) || !get(x, &a) || !get(y, &b) || a <= 0 || b <= 0)
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
    unsigned rounds = rounds_of(plan, cell->kind);
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
    struct cell cell = {CELL_TIMED, NULL, row->variant, row->threads, IDLE_DEAD};
    int error =
        compare_overall(result, &cell, figure_wall, plan->time_tolerance, &row->time);
    cell.kind = CELL_MEMORY;
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
    for (unsigned round = 1; round <= rounds_of(&result->plan, cell->kind); round++) {
        const json_t *record = find_record(result, cell, round);
        if (!record) {
            summary->missing++;
        } else if (is_ok(record)) {
            good++;
        } else {
            summary->failed++;
            if (ret->failed++ == 0) {
                ret->fault = text_of(record, "fault");
                ret->reason = text_of(record, "reason");
            }
        }
    }
    return good;
}

static int make_memory_row(struct summary *summary, const struct cell *cell,
                           struct summary_memory *row) {
    const struct result *result = summary->result;
    double tolerance = result->plan.memory_tolerance;
    row->cell = *cell;
    row->rounds = note_faults(result, cell, summary, &row->fault);
    row->baseline = median_over_rounds(result, cell, figure_baseline);
    row->live = median_over_rounds(result, cell, figure_live);
    row->floor = median_over_rounds(result, cell, figure_floor);
    row->peak = median_over_rounds(result, cell, figure_peak);
    row->peak_rss = median_over_rounds(result, cell, figure_peak_rss);
    row->end = median_over_rounds(result, cell, figure_end);
    row->idle = median_over_rounds(result, cell, figure_idle);
    row->anon_huge = median_over_rounds(result, cell, figure_anon_huge);
    row->sparse = row->floor - row->live;
    row->retained = row->idle - row->floor - row->baseline;
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
    row->wall = median_over_rounds(result, cell, figure_wall);
    row->user = median_over_rounds(result, cell, figure_user);
    row->sys = median_over_rounds(result, cell, figure_sys);
    row->faults = median_over_rounds(result, cell, figure_faults);
    row->ops_per_s = median_over_rounds(result, cell, figure_ops_per_s);
    double walls[result->plan.timed_rounds + 1];
    size_t n = over_rounds(result, cell, figure_wall, walls);
    row->outliers = n ? stats_outliers(walls, n) : 0;
    return compare_with_reference(result, cell, figure_wall, result->plan.time_tolerance,
                                  &row->wall_versus);
}

static double sum_active(const json_t *records) {
    double seconds = 0, value;
    size_t i;
    json_t *record;
    json_array_foreach((json_t *)records, i, record) {
        if (take(record, "wall_s", &value))
            seconds += value;
        if (take(record, "active_ms", &value))
            seconds += value / 1000;
    }
    return seconds;
}

int summary_make(struct summary *ret, const struct result *result) {
    struct summary summary = {.result = result};
    struct cell *memory = NULL, *timed = NULL;
    fail_differing_checksums((json_t *)result->records);
    summary.active_s = sum_active(result->records);
    int error = plan_cells(&result->plan, CELL_MEMORY, &memory, &summary.memory_count);
    if (!error)
        error = plan_cells(&result->plan, CELL_TIMED, &timed, &summary.timed_count);
    summary.memory = calloc(summary.memory_count + 1, sizeof *summary.memory);
    summary.timed = calloc(summary.timed_count + 1, sizeof *summary.timed);
    if (!error && (!summary.memory || !summary.timed))
        error = -ENOMEM;
    for (size_t i = 0; !error && i < summary.memory_count; i++)
        error = make_memory_row(&summary, &memory[i], &summary.memory[i]);
    for (size_t i = 0; !error && i < summary.timed_count; i++)
        error = make_timed_row(&summary, &timed[i], &summary.timed[i]);
    if (!error)
        error = make_overall(&summary);
    free(memory);
    free(timed);
    if (error)
        summary_finish(&summary);
    else
        *ret = summary;
    return error;
}

void summary_finish(struct summary *summary) {
    free(summary->memory);
    free(summary->timed);
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
    for (size_t i = 0; i < summary->timed_count; i++)
        if (is_cell(&summary->timed[i].cell, workload, variant, threads))
            return &summary->timed[i];
    return NULL;
}

double summary_idle_at(const struct summary *summary, const struct cell *cell,
                       uint64_t due_ms) {
    const struct result *result = summary->result;
    double values[result->plan.memory_rounds + 1];
    size_t n = 0;
    for (unsigned round = 1; round <= result->plan.memory_rounds; round++) {
        const json_t *record = find_record(result, cell, round);
        n += is_ok(record) && sample_at(record, due_ms, &values[n]);
    }
    return n ? stats_median(values, n) : -1;
}

bool summary_in_round(const struct summary *summary, const struct cell *cell,
                      enum summary_figure which, unsigned round, double *ret) {
    bool (*const get[])(const json_t *, double *) = {[SUMMARY_WALL] = figure_wall,
                                                     [SUMMARY_PEAK] = figure_peak,
                                                     [SUMMARY_IDLE] = figure_idle};
    const json_t *record = find_record(summary->result, cell, round);
    return is_ok(record) && get[which](record, ret);
}

const char *summary_checksum(const struct summary *summary, const struct cell *cell) {
    unsigned rounds = rounds_of(&summary->result->plan, cell->kind);
    for (unsigned round = 1; round <= rounds; round++) {
        const json_t *record = find_record(summary->result, cell, round);
        if (is_ok(record))
            return text_of(record, "checksum");
    }
    return "";
}
