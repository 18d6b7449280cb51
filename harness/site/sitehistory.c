#include "sitehistory.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "measure.h"
#include "reason.h"
#include "seriescode.h"
#include "workloads_list.h"

enum { MINUTES = 16 }; /* of "2026-11-28 02:51:07" */

struct maker {
    long kind;
    size_t last;
    char profile[24], reference[48];
    long *ids; /* of the nights, oldest first */
    size_t nights;
    json_t *named; /* the nights as they are written */
    json_t *lines;
    struct history_line *kept; /* copies for the totals; owned, with their arrays */
    size_t kept_count;
    int error;
};

/* ---- nights ---- */

static void take_night(const struct history_run *run, void *context) {
    struct maker *maker = context;
    if (run->kind != maker->kind || maker->error)
        return;
    if (maker->nights == maker->last) {
        memmove(maker->ids, maker->ids + 1, --maker->nights * sizeof *maker->ids);
        json_array_remove(maker->named, 0);
    }
    maker->ids[maker->nights++] = run->id;
    memcpy(maker->profile, run->profile, sizeof maker->profile);
    memcpy(maker->reference, run->reference, sizeof maker->reference);
    if (json_array_append_new(maker->named,
                              json_pack("[I, s, s%]", (json_int_t)run->id, run->commit,
                                        run->imported, strnlen(run->imported, MINUTES))))
        maker->error = -ENOMEM;
}

/* The index of a run's night, or `nights` if the run is too old. */
static size_t night_of(const struct maker *maker, long id) {
    size_t low = 0, high = maker->nights;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (maker->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < maker->nights && maker->ids[low] == id ? low : maker->nights;
}

/* ---- lines ---- */

static json_t *changes_of(const struct maker *maker, const struct history_line *line) {
    json_t *changes = json_array();
    for (size_t i = 0; i < line->change_count; i++) {
        size_t night = night_of(maker, line->run_ids[line->changes[i].first]);
        if (night < maker->nights)
            json_array_append_new(
                changes, json_pack("[I, f]", (json_int_t)night, line->changes[i].p));
    }
    return changes;
}

/* `unit`: what a value is multiplied by to be shown. */
static void add_line(struct maker *maker, const struct history_line *line, double unit) {
    double *values = malloc((maker->nights + 1) * sizeof *values);
    char *text = NULL;
    double step;
    for (size_t i = 0; values && i < maker->nights; i++)
        values[i] = NAN;
    for (size_t i = 0; values && i < line->runs; i++) {
        size_t night = night_of(maker, line->run_ids[i]);
        if (night < maker->nights)
            values[night] = line->medians[i] * unit;
    }
    maker->error =
        values ? seriescode_write(values, maker->nights, &text, &step) : -ENOMEM;
    if (!maker->error &&
        json_array_append_new(
            maker->lines,
            json_pack("[s, s, i, s, f, s, f, f, o]", line->measure, line->workload,
                      (int)line->threads, line->variant, step, text, line->level * unit,
                      isfinite(line->noise) ? line->noise : 0, changes_of(maker, line))))
        maker->error = -ENOMEM;
    free(text);
    free(values);
}

static bool is_control(const char *workload) {
    const struct registered_workload *registered = registered_find(workload);
    return registered && registered->is_control;
}

static void *copy_of(const void *data, size_t bytes) {
    void *copy = malloc(bytes + 1);
    return copy ? memcpy(copy, data, bytes) : NULL;
}

/* Copies a line: it is valid only during the call, and a total needs several. */
static void keep(struct maker *maker, const struct history_line *line) {
    struct history_line *more =
        realloc(maker->kept, (maker->kept_count + 1) * sizeof *more);
    if (!more) {
        maker->error = -ENOMEM;
        return;
    }
    maker->kept = more;
    struct history_line *own = &more[maker->kept_count++];
    *own = *line;
    own->commits = NULL;
    own->run_ids = copy_of(line->run_ids, line->runs * sizeof *line->run_ids);
    own->medians = copy_of(line->medians, line->runs * sizeof *line->medians);
    if (!own->run_ids || !own->medians)
        maker->error = -ENOMEM;
}

static void take_line(const struct history_line *line, void *context) {
    struct maker *maker = context;
    if (maker->error)
        return;
    double unit = measure_shown(line->measure, 1);
    add_line(maker, line, unit);
    if (!maker->error && measure_decides(line->measure) && !is_control(line->workload))
        keep(maker, line);
}

/* ---- all workloads together ---- */

static bool is_beside(const struct history_line *a, const struct history_line *b) {
    return strcmp(a->measure, b->measure) == 0 && a->threads == b->threads;
}

/* A line's value in a night; NAN if it has none. */
static double value_at(const struct history_line *line, long id) {
    for (size_t i = 0; i < line->runs; i++)
        if (line->run_ids[i] == id)
            return line->medians[i];
    return NAN;
}

static const struct history_line *
find(const struct maker *maker, const struct history_line *like, const char *variant) {
    for (size_t i = 0; i < maker->kept_count; i++)
        if (is_beside(&maker->kept[i], like) &&
            strcmp(maker->kept[i].workload, like->workload) == 0 &&
            strcmp(maker->kept[i].variant, variant) == 0)
            return &maker->kept[i];
    return NULL;
}

/* A variant's total in a night, over the workloads that the night has: runs gain and lose
 * workloads over the years. NAN if the variant or the reference lacks one of them, or if
 * there are none. */
static double total_at(const struct maker *maker, const struct history_line *like,
                       long id) {
    double logs = 0;
    size_t workloads = 0;
    for (size_t i = 0; i < maker->kept_count; i++) {
        const struct history_line *own = &maker->kept[i];
        if (!is_beside(own, like) || strcmp(own->variant, like->variant) != 0)
            continue;
        const struct history_line *reference = find(maker, own, maker->reference);
        double value = value_at(own, id);
        double base = reference ? value_at(reference, id) : NAN;
        if (isnan(value) && isnan(base))
            continue;
        logs += log(value / base); /* NAN if one of them is, and so is the sum */
        workloads++;
    }
    return exp(logs / (double)workloads);
}

static bool is_first_of_its_total(const struct maker *maker, size_t number) {
    for (size_t i = 0; i < number; i++)
        if (is_beside(&maker->kept[i], &maker->kept[number]) &&
            strcmp(maker->kept[i].variant, maker->kept[number].variant) == 0)
            return false;
    return true;
}

static void add_total(struct maker *maker, const struct history_line *like) {
    struct history_line total = *like;
    total.workload[0] = '\0';
    total.runs = 0;
    total.run_ids = malloc((maker->nights + 1) * sizeof *total.run_ids);
    total.medians = malloc((maker->nights + 1) * sizeof *total.medians);
    for (size_t i = 0; total.run_ids && total.medians && i < maker->nights; i++) {
        double value = total_at(maker, like, maker->ids[i]);
        if (isnan(value))
            continue;
        total.run_ids[total.runs] = maker->ids[i];
        total.medians[total.runs++] = value;
    }
    maker->error = total.run_ids && total.medians ? 0 : -ENOMEM;
    if (!maker->error && total.runs && !(maker->error = history_analyse(&total)))
        add_line(maker, &total, 1);
    free(total.run_ids);
    free(total.medians);
}

/* ---- all of it ---- */

static void finish(struct maker *maker) {
    for (size_t i = 0; i < maker->kept_count; i++) {
        free(maker->kept[i].run_ids);
        free(maker->kept[i].medians);
    }
    free(maker->kept);
    free(maker->ids);
}

int sitehistory_make(struct history *history, long kind, size_t last, json_t **ret,
                     struct reason *reason) {
    struct maker maker = {
        .kind = kind, .last = last, .named = json_array(), .lines = json_array()};
    maker.ids = malloc((last + 1) * sizeof *maker.ids);
    reason_set(reason, "out of memory while reading the history");
    int error = maker.ids && maker.named && maker.lines ? 0 : -ENOMEM;
    if (!error && kind == 0)
        error = history_newest_kind(history, &maker.kind, reason);
    if (!error)
        error = history_each_run(history, take_night, &maker, reason);
    if (!error && maker.nights)
        error = history_each_line(history, maker.kind, take_line, &maker, reason);
    for (size_t i = 0; !error && !maker.error && i < maker.kept_count; i++)
        if (is_first_of_its_total(&maker, i))
            add_total(&maker, &maker.kept[i]);
    error = error ? error : maker.error;
    if (!error && maker.nights == 0) {
        if (maker.kind)
            reason_set(reason,
                       "the history has no run of kind %ld; `tidemark history show` "
                       "lists them",
                       maker.kind);
        else
            reason_set(reason,
                       "the history is empty; import a run with `tidemark history "
                       "import RUN`");
        error = -ENOENT;
    }
    if (!error)
        *ret = json_pack("{s:I, s:s, s:s, s:O, s:O}", "kind", (json_int_t)maker.kind,
                         "profile", maker.profile, "reference", maker.reference, "nights",
                         maker.named, "lines", maker.lines);
    json_decref(maker.named);
    json_decref(maker.lines);
    finish(&maker);
    return error;
}
