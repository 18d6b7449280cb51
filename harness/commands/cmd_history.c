/* tidemark history import|show|trend */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "file.h"
#include "history.h"
#include "optiontable.h"
#include "plan.h"
#include "plot_draw.h"
#include "reason.h"
#include "runfigures.h"
#include "stats.h"
#include "units.h"

#define DATABASE "results/history.sqlite"

enum { IMPORT }; /* the index of the action */

struct arguments {
    struct words runs; /* to import */
    const char *database, *plots;
    uint64_t kind; /* 0: the newest run's */
    uint64_t last; /* runs: only changes at one of the last so many are printed */
};

static const struct option_row option_rows[] = {
    TEXT(0, 'd', "database", "FILE", database, "the history (default: " DATABASE ")"),
    TEXT(0, 0, "plots", "DIR", plots, "trend: also draw a plot of each measure into DIR"),
    WHOLE(0, 0, "kind", "N", kind, 1, INT_MAX,
          "trend: take the runs of this kind (show lists kinds; default: the newest "
          "run's)"),
    WHOLE(0, 0, "last", "RUNS", last, 1, INT_MAX,
          "trend: print only figures that changed at one of the last RUNS runs"),
};

static void check(struct argp_state *state) {
    const struct arguments *a = state->input;
    if ((a->runs.action == IMPORT) != (a->runs.count > 0))
        argp_error(state, "name runs to import; show and trend take none");
}

/* Ends the program if there was an error. */
static void fail_on(int error, const struct reason *reason) {
    if (error)
        cmd_fail(EXIT_MEASUREMENT, "%s",
                 error == -ENOMEM ? "out of memory" : reason->text);
}

static void import(struct history *history, const struct arguments *a) {
    struct reason reason;
    for (int i = 0; i < a->runs.count; i++) {
        struct runfigures figures;
        bool is_new;
        cmd_load_figures(a->runs.at[i], "default", &figures);
        fail_on(history_import(history, &figures, &is_new, &reason), &reason);
        runfigures_finish(&figures);
        printf("%s: %s\n", a->runs.at[i],
               is_new ? "imported" : "is in the history already");
    }
}

/* ---- show ---- */

static void show(struct history *history, const struct arguments *a) {
    struct reason reason;
    struct history_run *runs;
    size_t count;
    (void)a;
    fail_on(history_runs(history, &runs, &count, &reason), &reason);
    for (size_t i = 0; i < count; i++)
        printf("%5ld  kind %ld  %-8s  %4ld series, %ld failed  %s\n", runs[i].id,
               runs[i].kind, runs[i].profile, runs[i].series, runs[i].failed,
               runs[i].commit);
}

/* ---- trend ---- */

/* The level before a change; that of `change_count` is the last. */
static double level_before(const struct history_line *line, size_t change) {
    size_t begin = change ? line->changes[change - 1].first : 0;
    size_t end = change < line->change_count ? line->changes[change].first : line->count;
    return stats_median(line->medians + begin, end - begin);
}

static void print_change(const struct history_kind *kind, const struct history_line *line,
                         size_t change) {
    const struct history_run *run = &kind->runs[line->runs[line->changes[change].first]];
    double before = level_before(line, change), after = level_before(line, change + 1);
    char from[64], to[64];
    measure_format(line->measure, before, from, sizeof from);
    measure_format(line->measure, after, to, sizeof to);
    printf("    %s at run %ld (%s): %s -> %s, %+.1f %%, p = %.3f\n",
           after > before ? "worse" : "better", run->id, run->commit, from, to,
           100 * (after / before - 1), line->changes[change].p);
}

struct trend {
    const struct history_kind *kind;
    const char *plots; /* NULL: no plots */
    size_t last;       /* as in the arguments */
    size_t changes;
    FILE *data;
    char measure[MEASURE_NAME_MAX], workload[PLAN_NAME_MAX + 16]; /* what `data` holds */
    char panels[4096]; /* of `measure`: the names of its panels, separated by spaces */
};

/* ---- plots: a picture for each measure, a data file for each of its panels ---- */

static void close_panel(struct trend *t) {
    if (t->data && fclose(t->data) != 0)
        cmd_fail(EXIT_MEASUREMENT, "cannot write to %s", t->plots);
    t->data = NULL;
}

static void draw_measure(struct trend *t) {
    char settings[3 * 4096], base[PATH_MAX];
    struct reason reason;
    close_panel(t);
    snprintf(base, sizeof base, "%s/trend-%s", t->plots, t->measure);
    snprintf(settings, sizeof settings, "measure='%s'; panel_names='%s'", t->measure,
             t->panels);
    if (t->measure[0])
        fail_on(plot_draw(settings, "trend", base, &reason), &reason);
    t->panels[0] = t->workload[0] = '\0';
}

static void open_panel(struct trend *t, const char *panel) {
    char path[PATH_MAX];
    close_panel(t);
    snprintf(t->workload, sizeof t->workload, "%s", panel);
    size_t used = strlen(t->panels);
    snprintf(t->panels + used, sizeof t->panels - used, "%s%s", used ? " " : "", panel);
    snprintf(path, sizeof path, "%s/trend-%s-%s.dat", t->plots, t->measure, panel);
    t->data = fopen(path, "w");
    if (!t->data)
        cmd_fail(EXIT_MEASUREMENT, "cannot write %s: %s", path, strerror(errno));
}

/* Writes a block of the panel's data file: the title, then a line for each run with its
 * number, its value, and the value again if it changes there (otherwise NaN). */
static void plot_line(struct trend *t, const struct history_line *line) {
    char panel[PLAN_NAME_MAX + 16];
    snprintf(panel, sizeof panel, "%s-%u", line->workload, line->threads);
    for (char *c = panel; *c; c++) /* it is a word for gnuplot, and in a file's name */
        if (!isalnum((unsigned char)*c) && !strchr("-._", *c))
            *c = '_';
    if (strcmp(t->measure, line->measure) != 0) {
        draw_measure(t);
        snprintf(t->measure, sizeof t->measure, "%s", line->measure);
    }
    if (strcmp(t->workload, panel) != 0)
        open_panel(t, panel);
    double unit = strcmp(measure_unit(line->measure), "bytes") == 0 ? MIB : 1;
    fprintf(t->data, "\"%s\"\n", line->variant);
    for (size_t i = 0, change = 0; i < line->count; i++) {
        bool is_change = change < line->change_count && line->changes[change].first == i;
        change += is_change;
        fprintf(t->data, "%ld %.4f ", t->kind->runs[line->runs[i]].id,
                line->medians[i] / unit);
        fprintf(t->data, is_change ? "%.4f\n" : "NaN\n", line->medians[i] / unit);
    }
    fputs("\n\n", t->data);
}

static void tell_line(struct trend *t, const struct history_line *line) {
    char label[64], level[64], cell[PLAN_CELL_NAME_MAX];
    size_t first = 0; /* the first change to print */
    while (first < line->change_count &&
           line->changes[first].first + t->last < line->count)
        first++;
    t->changes += line->change_count - first;
    if (first == line->change_count && t->last < line->count)
        return;
    measure_label(line->measure, label, sizeof label);
    measure_format(line->measure, line->level, level, sizeof level);
    plan_cell_name(line->workload, line->variant, line->threads, cell, sizeof cell);
    printf("  %s, %s: %s, noise %.1f %% over %zu of %zu runs\n", cell, label, level,
           100 * line->noise, line->since, line->count);
    for (size_t i = first; i < line->change_count; i++)
        print_change(t->kind, line, i);
    if (t->plots)
        plot_line(t, line);
}

static void trend(struct history *history, const struct arguments *a) {
    struct history_kind kind;
    struct trend t = {.kind = &kind, .plots = a->plots, .last = (size_t)a->last};
    struct reason reason;
    if (a->plots && strchr(a->plots, '\''))
        cmd_fail(
            EXIT_USAGE,
            "the name of the folder %s has a quote in it; plots need a name without one",
            a->plots);
    if (a->plots)
        fail_on(file_make_directories(a->plots, &reason), &reason);
    fail_on(history_load(history, (long)a->kind, &kind, &reason), &reason);
    for (size_t i = 0; i < kind.line_count; i++)
        tell_line(&t, &kind.lines[i]);
    if (a->plots)
        draw_measure(&t);
    printf("%zu series, %zu changes (E-divisive means, p <= 0.01, segments of at least 3 "
           "runs)\n",
           kind.line_count, t.changes);
}

int cmd_history(int argc, char **argv) {
    static const char *const actions[] = {"import", "show", "trend", NULL};
    static void (*const functions[])(struct history *,
                                     const struct arguments *) = {import, show, trend};
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .actions = actions,
        .most = INT_MAX,
        .too_few = "say what to do: import, show or trend",
        .check = check,
        .usage = "import RUN...\nshow\ntrend",
        .doc =
            "Keep every run in a database, and say where figures changed over "
            "time.\vimport adds runs, and skips those that the database has. show lists "
            "them. trend prints each figure's level, noise and change points over the "
            "runs of one kind, which have the same profile, options and environment."};
    struct arguments a = {.database = DATABASE, .last = INT_MAX};
    optiontable_parse(&table, argc, argv, &a);
    struct history *history;
    struct reason reason;
    if (history_open(&history, a.database, a.runs.action == IMPORT, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    functions[a.runs.action](history, &a);
    history_close(history);
    return EXIT_FINE;
}
