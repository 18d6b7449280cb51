/* tidemark history import|show|trend */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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

struct arguments {
    const char *action, *database, *plots;
    uint64_t kind; /* 0: the newest run's */
    uint64_t last; /* runs: only changes at one of the last so many are printed */
    char **runs;
    int count;
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

static error_t parse_rest(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_ARGS:
        a->action = state->argv[state->next];
        a->runs = state->argv + state->next + 1;
        a->count = state->argc - state->next - 1;
        return 0;
    case ARGP_KEY_END:
        if (!a->action ||
            (strcmp(a->action, "import") != 0 && strcmp(a->action, "show") != 0 &&
             strcmp(a->action, "trend") != 0))
            argp_error(state, "say what to do: import, show or trend");
        if ((strcmp(a->action, "import") == 0) != (a->count > 0))
            argp_error(state, "name runs to import; show and trend take none");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int complain(int error, const struct reason *reason) {
    cmd_complain("%s", error == -ENOMEM ? "out of memory" : reason->text);
    return EXIT_MEASUREMENT;
}

static int import(struct history *history, const struct arguments *a) {
    struct reason reason;
    for (int i = 0; i < a->count; i++) {
        struct runfigures figures;
        bool is_new;
        int code = cmd_load_figures(a->runs[i], "default", &figures);
        if (code != EXIT_FINE)
            return code;
        int error = history_import(history, &figures, &is_new, &reason);
        runfigures_finish(&figures);
        if (error)
            return complain(error, &reason);
        printf("%s: %s\n", a->runs[i], is_new ? "imported" : "is in the history already");
    }
    return EXIT_FINE;
}

/* ---- show ---- */

static int show(struct history *history) {
    struct reason reason;
    struct history_run *runs;
    size_t count;
    int error = history_runs(history, &runs, &count, &reason);
    if (error)
        return complain(error, &reason);
    for (size_t i = 0; i < count; i++)
        printf("%5ld  kind %ld  %-8s  %4ld series, %ld failed  %s\n", runs[i].id,
               runs[i].kind, runs[i].profile, runs[i].series, runs[i].failed,
               runs[i].commit);
    free(runs);
    return EXIT_FINE;
}

/* ---- trend ---- */

static double level_before(const struct history_line *line, size_t change) {
    size_t begin = change ? line->changes[change - 1].first : 0;
    return stats_median(line->medians + begin, line->changes[change].first - begin);
}

static double level_after(const struct history_line *line, size_t change) {
    size_t begin = line->changes[change].first;
    size_t end =
        change + 1 < line->change_count ? line->changes[change + 1].first : line->count;
    return stats_median(line->medians + begin, end - begin);
}

static void print_change(const struct history_kind *kind, const struct history_line *line,
                         size_t change) {
    const struct history_run *run = &kind->runs[line->runs[line->changes[change].first]];
    double before = level_before(line, change), after = level_after(line, change);
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
    int error;
    struct reason reason;
};

/* ---- plots: a picture for each measure, a data file for each of its panels ---- */

static void close_panel(struct trend *t) {
    if (t->data && fclose(t->data) != 0 && !t->error) {
        t->error = -EIO;
        reason_set(&t->reason, "cannot write to %s", t->plots);
    }
    t->data = NULL;
}

static void draw_measure(struct trend *t) {
    close_panel(t);
    char settings[3 * 4096], base[PATH_MAX];
    snprintf(base, sizeof base, "%s/trend-%s", t->plots, t->measure);
    snprintf(settings, sizeof settings, "measure='%s'; panel_names='%s'", t->measure,
             t->panels);
    if (!t->error && t->measure[0])
        t->error = plot_draw(settings, "trend", base, &t->reason);
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
    if (!t->data) {
        t->error = -errno;
        reason_set(&t->reason, "cannot write %s: %s", path, strerror(errno));
    }
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
    if (t->error)
        return;
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
    if (t->plots && !t->error)
        plot_line(t, line);
}

static int trend(struct history *history, const struct arguments *a) {
    struct history_kind kind;
    struct trend t = {.kind = &kind, .plots = a->plots, .last = (size_t)a->last};
    struct reason reason;
    if (a->plots && strchr(a->plots, '\'')) {
        cmd_complain(
            "the name of the folder %s has a quote in it; plots need a name without one",
            a->plots);
        return EXIT_USAGE;
    }
    int error = a->plots ? file_make_directories(a->plots, &reason) : 0;
    if (!error)
        error = history_load(history, (long)a->kind, &kind, &reason);
    if (error)
        return complain(error, &reason);
    for (size_t i = 0; i < kind.line_count; i++)
        tell_line(&t, &kind.lines[i]);
    if (a->plots && kind.line_count && !t.error)
        draw_measure(&t);
    close_panel(&t);
    size_t lines = kind.line_count;
    history_kind_finish(&kind);
    if (t.error)
        return complain(t.error, &t.reason);
    printf("%zu series, %zu changes (E-divisive means, p <= 0.01, segments of at least 3 "
           "runs)\n",
           lines, t.changes);
    return EXIT_FINE;
}

int cmd_history(int argc, char **argv) {
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = parse_rest,
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
    bool importing = strcmp(a.action, "import") == 0;
    if (history_open(&history, a.database, importing, &reason) < 0) {
        cmd_complain("%s", reason.text);
        return EXIT_USAGE;
    }
    int code = importing                       ? import(history, &a)
               : strcmp(a.action, "show") == 0 ? show(history)
                                               : trend(history, &a);
    history_close(history);
    return code;
}
