/* tidemark baseline take|show */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    const char *action, *run, *folder, *history;
};

static const struct option_row option_rows[] = {
    TEXT(0, 'o', "output", "DIR", folder,
         "where baselines are kept (default: " CMD_BASELINES ")"),
    TEXT(0, 'H', "history", "FILE", history,
         "take: derive memory's tolerances from this history (see `tidemark history`)"),
};

static error_t parse_rest(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            a->action = text;
        else if (state->arg_num == 1)
            a->run = text;
        else
            argp_error(state, "name one run only");
        return 0;
    case ARGP_KEY_END:
        if (!a->action ||
            (strcmp(a->action, "take") != 0 && strcmp(a->action, "show") != 0))
            argp_error(state, "say what to do: take or show");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

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

static const struct series *first_failed(const struct runfigures *figures) {
    for (size_t i = 0; i < figures->count; i++)
        if (figures->series[i].failed)
            return &figures->series[i];
    return NULL;
}

/* Rejects figures with failed cells. Later runs could get worse there unnoticed. */
static int check_whole(const struct runfigures *figures) {
    const struct series *failed = first_failed(figures);
    if (!failed)
        return EXIT_FINE;
    char cell[PLAN_CELL_NAME_MAX];
    plan_cell_name(failed->workload, failed->variant, failed->threads, cell, sizeof cell);
    cmd_complain("%s cannot be a baseline: %s: failed (%s) in %zu rounds; measure again "
                 "(`tidemark run --resume` repeats a run's failed cells)",
                 figures->name, cell, failed->fault, failed->failed);
    return EXIT_MEASUREMENT;
}

static int take(const struct arguments *a) {
    struct runfigures figures;
    struct reason reason;
    size_t learnt = 0;
    int code = cmd_load_figures(a->run ? a->run : CMD_LATEST, "default", &figures);
    if (code != EXIT_FINE)
        return code;
    code = check_whole(&figures);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.json", a->folder,
             runfigures_text(&figures, "run", "profile"));
    int error = 0;
    if (code == EXIT_FINE && a->history)
        error = learn(&figures, a->history, &learnt, &reason);
    if (code == EXIT_FINE && !error)
        error = file_make_directories(a->folder, &reason);
    if (code == EXIT_FINE && !error)
        error = runfigures_write(&figures, path, &reason);
    if (error) {
        cmd_complain("%s", reason.text);
        code = error == -ENOENT ? EXIT_USAGE : EXIT_MEASUREMENT;
    } else if (code == EXIT_FINE) {
        printf("%s: %zu series of commit %s; tolerance learnt for %zu\n", path,
               figures.count, runfigures_text(&figures, "run", "commit"), learnt);
    }
    runfigures_finish(&figures);
    return code;
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

static int show(const struct arguments *a) {
    struct runfigures figures;
    int code = cmd_load_figures(a->run ? a->run : a->folder, "default", &figures);
    if (code != EXIT_FINE)
        return code;
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
    runfigures_finish(&figures);
    return EXIT_FINE;
}

int cmd_baseline(int argc, char **argv) {
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = parse_rest,
        .usage = "take [RUN]\nshow [BASELINE]",
        .doc =
            "Save the figures that later runs are compared with: time as ratios to the "
            "reference, memory in bytes with its tolerance, and the environment.\vtake "
            "writes DIR/PROFILE.json from a run (default: " CMD_LATEST
            "), and `tidemark compare --baseline` compares with it. A run with failed "
            "cells cannot be a baseline (exit code 3)."};
    struct arguments a = {.folder = CMD_BASELINES};
    optiontable_parse(&table, argc, argv, &a);
    return strcmp(a.action, "take") == 0 ? take(&a) : show(&a);
}
