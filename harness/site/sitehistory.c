#include "site.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "measure.h"
#include "reason.h"
#include "workloads_list.h"

enum { MINUTES = 16 }; /* of "2026-11-28 02:51:07" */

/* The nights are the runs from `first` on. */
struct maker {
    const struct history_kind *kind;
    size_t first, nights;
    json_t *lines;
};

static json_t *nights_of(const struct maker *maker) {
    json_t *nights = json_array();
    for (size_t i = maker->first; i < maker->kind->run_count; i++) {
        const struct history_run *run = &maker->kind->runs[i];
        json_t *night = json_pack("[I, s, s%]", (json_int_t)run->id, run->commit,
                                  run->imported, strnlen(run->imported, MINUTES));
        if (!night) /* a text that is not UTF-8; the lines count all nights */
            night = json_pack("[I, s, s]", (json_int_t)run->id, "", "");
        json_array_append_new(nights, night);
    }
    return nights;
}

/* ---- lines ---- */

/* A line's value in each night, times `unit`; NAN where it has none, or without a line.
 */
static void values_of(const struct maker *maker, const struct history_line *line,
                      double unit, double *ret) {
    for (size_t i = 0; i < maker->nights; i++)
        ret[i] = NAN;
    for (size_t i = 0; line && i < line->count; i++)
        if (line->runs[i] >= maker->first)
            ret[line->runs[i] - maker->first] = line->medians[i] * unit;
}

static json_t *changes_of(const struct maker *maker, const struct history_line *line) {
    json_t *changes = json_array();
    for (size_t i = 0; i < line->change_count; i++) {
        size_t run = line->runs[line->changes[i].first];
        if (run >= maker->first)
            json_array_append_new(changes,
                                  json_pack("[I, f]", (json_int_t)(run - maker->first),
                                            line->changes[i].p));
    }
    return changes;
}

/* `unit`: what a value is multiplied by to be shown. */
static void add_line(const struct maker *maker, const struct history_line *line,
                     double unit) {
    double values[HISTORY_RUNS_MAX], step;
    values_of(maker, line, unit, values);
    char *text = seriescode_write(values, maker->nights, &step);
    json_array_append_new(
        maker->lines,
        json_pack("[s, s, i, s, f, s, f, f, o]", line->measure, line->workload,
                  (int)line->threads, line->variant, step, text, line->level * unit,
                  isfinite(line->noise) ? line->noise : 0, changes_of(maker, line)));
    free(text);
}

/* ---- all workloads together ---- */

/* Whether a line is part of a total. */
static bool counts(const struct history_line *line) {
    const struct registered_workload *registered = registered_find(line->workload);
    return measure_decides(line->measure) && !(registered && registered->is_control);
}

static bool is_of_total(const struct history_line *line,
                        const struct history_line *like) {
    return counts(line) && strcmp(line->measure, like->measure) == 0 &&
           line->threads == like->threads && strcmp(line->variant, like->variant) == 0;
}

/*
 * Adds the total of a line's measure, threads and variant, if the line is the first of
 * it. Each night's total is over the workloads that the night has: runs gain and lose
 * workloads over the years. There is none if the variant or the reference lacks one of
 * them.
 */
static void add_total(const struct maker *maker, size_t number) {
    const struct history_kind *kind = maker->kind;
    const struct history_line *like = &kind->lines[number];
    const char *reference = kind->runs[kind->run_count - 1].reference;
    double logs[HISTORY_RUNS_MAX] = {0}, workloads[HISTORY_RUNS_MAX] = {0};
    double values[HISTORY_RUNS_MAX], base[HISTORY_RUNS_MAX], medians[HISTORY_RUNS_MAX];
    size_t runs[HISTORY_RUNS_MAX];
    struct history_line total = *like;
    for (size_t i = 0; i < kind->line_count; i++) {
        const struct history_line *own = &kind->lines[i];
        if (!is_of_total(own, like))
            continue;
        if (i < number)
            return; /* that line has added it */
        values_of(maker, own, 1, values);
        values_of(
            maker,
            history_find(kind, own->measure, own->workload, reference, own->threads), 1,
            base);
        for (size_t n = 0; n < maker->nights; n++) {
            if (isnan(values[n]) && isnan(base[n]))
                continue;
            logs[n] += log(values[n] / base[n]); /* NAN if one is, and so is the sum */
            workloads[n]++;
        }
    }
    total.workload[0] = '\0';
    total.count = 0;
    total.runs = runs;
    total.medians = medians;
    for (size_t n = 0; n < maker->nights; n++) {
        if (isnan(logs[n] / workloads[n]))
            continue;
        runs[total.count] = maker->first + n;
        medians[total.count++] = exp(logs[n] / workloads[n]);
    }
    if (total.count == 0)
        return;
    history_analyse(&total);
    add_line(maker, &total, 1);
}

/* ---- all of it ---- */

int sitehistory_make(struct history *history, long id, size_t last, json_t **ret,
                     struct reason *reason) {
    struct history_kind kind;
    int error = history_load(history, id, &kind, reason);
    if (error)
        return error;
    if (kind.run_count == 0) {
        if (id)
            reason_set(reason,
                       "the history has no run of kind %ld; `tidemark history show` "
                       "lists them",
                       id);
        else
            reason_set(reason,
                       "the history is empty; import a run with `tidemark history "
                       "import RUN`");
        return -ENOENT;
    }
    size_t nights = kind.run_count < last ? kind.run_count : last;
    struct maker maker = {&kind, kind.run_count - nights, nights, json_array()};
    for (size_t i = 0; i < kind.line_count; i++)
        add_line(&maker, &kind.lines[i], measure_shown(kind.lines[i].measure, 1));
    for (size_t i = 0; i < kind.line_count; i++)
        if (counts(&kind.lines[i]))
            add_total(&maker, i);
    const struct history_run *newest = &kind.runs[kind.run_count - 1];
    *ret = json_pack("{s:I, s:s, s:s, s:o, s:o}", "kind", (json_int_t)newest->kind,
                     "profile", newest->profile, "reference", newest->reference, "nights",
                     nights_of(&maker), "lines", maker.lines);
    history_kind_finish(&kind);
    return 0;
}
