/* tidemark baseline take|show */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "cmd.h"
#include "file.h"
#include "history.h"
#include "optiontable.h"
#include "reason.h"
#include "runfigures.h"
#include "stats.h"

/* The smallest tolerance that is derived from a history; relative. A footprint moves by
 * whole slabs and arenas, so a smaller one would be chance. */
static const double least_tolerance = 0.01;

struct arguments {
    struct words words; /* a run or a baseline, or none */
    const char *folder, *history;
};

static const struct option_row option_rows[] = {
    TEXT(0, 'o', "output", "DIR", folder,
         "where baselines are kept (default: " CMD_BASELINES ")"),
    TEXT(0, 'H', "history", "FILE", history,
         "take: derive memory's tolerances from this history (see `tidemark history`)"),
};

/* ---- take ---- */

static int learn(struct runfigures *figures, const char *path, size_t *ret_learnt,
                 struct reason *reason) {
    struct history *history;
    struct history_kind kind;
    int error = history_open(&history, path, false, reason);
    if (error)
        return error;
    error = history_load_like(history, figures, &kind, reason);
    history_close(history);
    if (error)
        return error;
    for (size_t i = 0; i < figures->count; i++) {
        struct series *s = &figures->series[i];
        double tolerance = history_tolerance(&kind, s, least_tolerance);
        if (measure_is_ratio(s->measure) || tolerance == 0)
            continue;
        s->tolerance = tolerance;
        (*ret_learnt)++;
    }
    history_kind_finish(&kind);
    return 0;
}

/* Rejects figures with failed cells. Later runs could get worse there unnoticed. */
static void check_whole(const struct runfigures *figures) {
    for (size_t i = 0; i < figures->count; i++) {
        const struct series *s = &figures->series[i];
        char cell[PLAN_CELL_NAME_MAX];
        if (!s->failed)
            continue;
        plan_cell_name(s->workload, s->variant, s->threads, cell, sizeof cell);
        cmd_fail(EXIT_MEASUREMENT,
                 "%s cannot be a baseline: %s: failed (%s) in %zu rounds; measure again "
                 "(`tidemark run --resume` repeats a run's failed cells)",
                 figures->name, cell, s->fault, s->failed);
    }
}

static void take(const struct arguments *a) {
    struct runfigures figures;
    struct reason reason;
    char path[PATH_MAX];
    size_t learnt = 0;
    cmd_load_figures(a->words.count ? a->words.at[0] : CMD_LATEST, "default", &figures);
    check_whole(&figures);
    snprintf(path, sizeof path, "%s/%s.json", a->folder,
             runfigures_text(&figures, "run", "profile"));
    int error = a->history ? learn(&figures, a->history, &learnt, &reason) : 0;
    if (!error)
        error = file_make_directories(a->folder, &reason);
    if (!error)
        error = runfigures_write(&figures, path, &reason);
    if (error)
        cmd_fail(error == -ENOENT ? EXIT_USAGE : EXIT_MEASUREMENT, "%s", reason.text);
    printf("%s: %zu series of commit %s; tolerance learnt for %zu\n", path, figures.count,
           runfigures_text(&figures, "run", "commit"), learnt);
}

/* ---- show ---- */

static void show_series(const struct series *s) {
    double values[RUNFIGURES_ROUNDS_MAX];
    char label[64], value[64], cell[PLAN_CELL_NAME_MAX];
    size_t n = series_values(s, values);
    measure_label(s->measure, label, sizeof label);
    plan_cell_name(s->workload, s->variant, s->threads, cell, sizeof cell);
    printf("  %s, %s: ", cell, label);
    if (n == 0) {
        printf("no good round\n");
        return;
    }
    measure_format(s->measure, stats_median(values, n), value, sizeof value);
    printf("%s, tolerance %.1f %%, %zu rounds\n", value, 100 * s->tolerance, n);
}

static void show(const struct arguments *a) {
    struct runfigures figures;
    cmd_load_figures(a->words.count ? a->words.at[0] : a->folder, "default", &figures);
    printf("%s: profile %s, commit %s, reference %s\n", figures.name,
           runfigures_text(&figures, "run", "profile"),
           runfigures_text(&figures, "run", "commit"),
           runfigures_text(&figures, "facts", "reference"));
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(figures.head, "environment"), name, value)
        printf("  %s: %s\n", name, json_string_value(value));
    for (size_t i = 0; i < figures.count; i++)
        show_series(&figures.series[i]);
}

int cmd_baseline(int argc, char **argv) {
    static const char *const actions[] = {"take", "show", NULL};
    static void (*const functions[])(const struct arguments *) = {take, show};
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .actions = actions,
        .most = 1,
        .too_few = "say what to do: take or show",
        .too_many = "name one run only",
        .usage = "take [RUN]\nshow [BASELINE]",
        .doc =
            "Save the figures that later runs are compared with: time as ratios to the "
            "reference, memory in bytes with its tolerance, and the environment.\vtake "
            "writes DIR/PROFILE.json from a run (default: " CMD_LATEST
            "), and `tidemark compare --baseline` compares with it. A run with failed "
            "cells cannot be a baseline (exit code 3)."};
    struct arguments a = {.folder = CMD_BASELINES};
    optiontable_parse(&table, argc, argv, &a);
    functions[a.words.action](&a);
    return EXIT_FINE;
}
