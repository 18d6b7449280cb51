#include "site.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "measure.h"
#include "memcell.h"
#include "record.h"
#include "runfigures.h"
#include "summary.h"
#include "units.h"

/* ---- figures ---- */

static json_t *rounds_of(const struct series *s, double unit) {
    json_t *rounds = json_array();
    for (size_t i = 0; i < s->rounds; i++)
        json_array_append_new(rounds, record_real(s->by_round[i] * unit));
    return rounds;
}

static json_t *figures_of(const struct runfigures *figures, bool with_rounds) {
    json_t *list = json_array();
    for (size_t i = 0; i < figures->count; i++) {
        const struct series *s = &figures->series[i];
        double unit = measure_shown(s->measure, 1);
        struct series_point point;
        series_point(s, &point);
        json_array_append_new(
            list, json_pack("[s, s, i, s, o, o, o, o, s]", s->measure, s->workload,
                            (int)s->threads, s->variant, record_real(point.median * unit),
                            record_real(point.low * unit), record_real(point.high * unit),
                            with_rounds ? rounds_of(s, unit) : json_array(), s->fault));
    }
    return list;
}

/* ---- all workloads together ---- */

static json_t *overall_of(const char *measure, unsigned threads, const char *variant,
                          const struct judgement *j) {
    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:s}", "m", measure, "t",
                     (int)threads, "v", variant, "ratio", record_real(j->ratio), "low",
                     record_real(j->low), "high", record_real(j->high), "verdict",
                     verdict_name(j->verdict));
}

static void add_overall(json_t *list, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    for (size_t i = 0; i < summary->overall_count; i++)
        for (struct measure_series_id s = MEASURE_BEGIN; measure_next(plan, &s);) {
            const struct summary_overall *o = &summary->overall[i];
            const struct judgement *j = &o->versus[s.measure][s.slot];
            char name[MEASURE_NAME_MAX];
            if (!measures[s.measure].decides || j->verdict == VERDICT_NONE)
                continue;
            measure_series_name(plan, s.measure, s.slot, name);
            json_array_append_new(list,
                                  overall_of(name, o->threads, o->variant->name, j));
        }
}

/* The totals of a baseline: compares its variants with its reference, as `compare
 * --between` does. */
static void add_overall_between(json_t *list, const struct runfigures *figures) {
    const char *reference = runfigures_text(figures, "facts", "reference"), *name;
    json_t *variant;
    json_object_foreach(json_object_get(figures->head, "variants"), name, variant) {
        struct compare_result result;
        if (strcmp(name, reference) == 0)
            continue;
        compare_between(&result, figures, reference, name);
        for (size_t i = 0; i < result.count; i++) {
            const struct comparison *c = &result.comparisons[i];
            if (comparison_is_total(c) && c->decides)
                json_array_append_new(
                    list, overall_of(c->measure, c->threads, name, &c->judged));
        }
        compare_finish(&result);
    }
}

/* ---- what comes back, and what is left ---- */

static json_t *sample_times(const struct plan *plan) {
    json_t *seconds = json_array();
    for (uint64_t ms = 0;; ms = memcell_next_sample_ms(ms, plan->idle_ms)) {
        json_array_append_new(seconds, json_real((double)ms / 1000));
        if (ms == plan->idle_ms)
            return seconds;
    }
}

static json_t *memory_of_row(const struct summary *summary, const struct summary_row *row,
                             size_t samples) {
    const struct plan *plan = &summary->result->plan;
    double values[samples + 1], step;
    uint64_t ms = 0;
    for (size_t i = 0; i < samples; i++) {
        double bytes = summary_idle_at(summary, &row->cell, ms);
        values[i] = bytes >= 0 ? bytes / MIB : NAN;
        ms = memcell_next_sample_ms(ms, plan->idle_ms);
    }
    char *text = seriescode_write(values, samples, &step);
    json_t *memory = json_pack(
        "{s:s, s:i, s:s, s:s, s:f, s:s, s:o, s:o, s:o, s:o}", "w",
        row->cell.workload->name, "t", (int)row->cell.threads, "v",
        row->cell.variant->name, "idle", plan_idle_of(plan, row->cell.idle), "step", step,
        "d", text, "baseline", record_real(row->at[MEASURE_BASELINE] / MIB), "live",
        record_real(row->at[MEASURE_LIVE] / MIB), "sparse",
        record_real(summary_sparse(row) / MIB), "retained",
        record_real(fmax(0, summary_retained(row)) / MIB));
    free(text);
    return memory;
}

static void add_memory(json_t *run, const struct summary *summary) {
    json_t *seconds = sample_times(&summary->result->plan), *rows = json_array();
    for (size_t i = 0; i < summary->counts[CELL_MEMORY]; i++) {
        const struct summary_row *row = &summary->rows[CELL_MEMORY][i];
        if (row->rounds)
            json_array_append_new(rows,
                                  memory_of_row(summary, row, json_array_size(seconds)));
    }
    json_object_set_new(run, "seconds", seconds);
    json_object_set_new(run, "memory", rows);
}

/* ---- a run ---- */

json_t *siterun_make(const struct runfigures *figures, const struct summary *summary) {
    json_t *run = json_copy(figures->head), *overall = json_array();
    json_object_set_new(run, "name", json_string(figures->name));
    json_object_set_new(run, "baseline", json_boolean(!summary));
    json_object_set_new(run, "figures", figures_of(figures, summary != NULL));
    json_object_set_new(run, "overall", overall);
    if (!summary) {
        add_overall_between(overall, figures);
    } else if (!plan_is_watched(&summary->result->plan)) {
        add_overall(overall, summary);
        add_memory(run, summary);
    }
    return run;
}

/* ---- a comparison ---- */

static json_t *row_of(const struct comparison *c) {
    double unit = comparison_is_total(c) ? 1 : measure_shown(c->measure, 1);
    return json_pack(
        "{s:s, s:s, s:i, s:s, s:b, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "m",
        c->measure, "w", c->workload, "t", (int)c->threads, "v", c->variant, "total",
        comparison_is_total(c), "decides", c->decides, "verdict",
        verdict_name(c->judged.verdict), "a", record_real(c->median_a * unit), "b",
        record_real(c->median_b * unit), "ratio", record_real(c->judged.ratio), "low",
        record_real(c->judged.low), "high", record_real(c->judged.high), "visible",
        record_real(c->judged.smallest_visible));
}

json_t *siterun_compared(const struct compare_result *result, const char *from,
                         const char *to) {
    json_t *rows = json_array(), *notes = json_array(), *counts = json_object();
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        const char *verdict = verdict_name(c->judged.verdict);
        if (c->is_control)
            continue;
        json_int_t so_far = json_integer_value(json_object_get(counts, verdict));
        json_object_set_new(counts, verdict, json_integer(so_far + 1));
        if ((comparison_is_total(c) && c->decides) ||
            verdict_is_change(c->judged.verdict))
            json_array_append_new(rows, row_of(c));
    }
    for (size_t i = 0; i < result->failures.count; i++)
        json_array_append_new(notes, json_string(result->failures.at[i].text));
    for (size_t i = 0; i < result->differences.count; i++)
        json_array_append_new(notes, json_string(result->differences.at[i].text));
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "from", from, "to", to, "counts",
                     counts, "rows", rows, "notes", notes);
}

/* ---- names ---- */

static json_t *about(const char *series) {
    static const char *const kinds[] = {[SERIES_NOT] = "not",
                                        [SERIES_TIMED] = "timed",
                                        [SERIES_ONCE] = "once",
                                        [SERIES_IDLE] = "idle"};
    enum measure measure;
    char label[96];
    bool known = measure_of_series(series, &measure);
    measure_label(series, label, sizeof label);
    return json_pack("{s:s, s:s, s:s, s:b, s:i}", "label", label, "unit",
                     measure_shown_unit(series), "series",
                     kinds[known ? measures[measure].series : SERIES_NOT], "decides",
                     measure_decides(series), "order", known ? (int)measure : MEASURES);
}

/* Adds the measures of objects that have such a name at "m", or of arrays that begin with
 * one. */
static void add_names(json_t *named, const json_t *list) {
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)list, i, one) {
        const char *name = json_string_value(
            json_is_array(one) ? json_array_get(one, 0) : json_object_get(one, "m"));
        if (!json_object_get(named, name))
            json_object_set_new(named, name, about(name));
    }
}

json_t *siterun_measures(const json_t *runs, const json_t *history) {
    json_t *named = json_object(), *run;
    size_t i;
    json_array_foreach((json_t *)runs, i, run) {
        add_names(named, json_object_get(run, "figures"));
        add_names(named, json_object_get(run, "overall"));
    }
    add_names(named, json_object_get(history, "lines"));
    return named;
}
