/* tidemark site -o FOLDER [RUN...]: runs and the history as a web page. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bounds.h"
#include "cmd.h"
#include "compare.h"
#include "file.h"
#include "guardcomment.h"
#include "heap.h"
#include "history.h"
#include "optiontable.h"
#include "reason.h"
#include "result.h"
#include "runfigures.h"
#include "site.h"
#include "summary.h"

struct arguments {
    struct words runs;
    const char *output, *history, *bounds, *subject, *profile;
    uint64_t kind; /* 0: the newest run's */
    uint64_t last; /* nights */
};

static const struct option_row option_rows[] = {
    TEXT(0, 'o', "output", "FOLDER", output,
         "write index.html and badge.json into this folder"),
    TEXT(0, 0, "history", "FILE", history,
         "also show the history of nightly runs (see `tidemark history`)"),
    WHOLE(0, 0, "kind", "N", kind, 1, INT_MAX,
          "show nights of this kind (`tidemark history show` lists kinds; default: the "
          "newest night's)"),
    WHOLE(0, 0, "last", "NIGHTS", last, 1, HISTORY_RUNS_MAX,
          "show at most the last NIGHTS nights (default: 365)"),
    TEXT(0, 0, "subject", "VARIANT", subject,
         "the allocator that the badge is about; charts draw it boldly (default: ebb)"),
    TEXT(0, 0, "bounds", "FILE", bounds,
         "the bounds that colour the badge (default: " CMD_BOUNDS ", if it exists)"),
    TEXT(0, 'p', "profile", "NAME", profile,
         "if RUN is a folder of baselines, take that of this profile (default: default)"),
};

static void check(struct argp_state *state) {
    const struct arguments *a = state->input;
    if (!a->output)
        argp_error(state, "say where to write the site: -o FOLDER");
    if (a->runs.count == 0 && !a->history)
        argp_error(state, "name a run, or --history=FILE, or both");
}

/* Compares the last two runs that were named. JSON's null if there are fewer; null with a
 * message if they cannot be compared. */
static json_t *compare_last(const struct cmd_loaded *loaded, int count) {
    struct compare_result result;
    struct compare_options options = {0};
    struct reason reason;
    if (count < 2)
        return json_null();
    const struct runfigures *from = &loaded[count - 2].figures,
                            *to = &loaded[count - 1].figures;
    if (compare_make(&result, from, to, &options, &reason)) {
        cmd_complain("%s and %s are not compared: %s", from->name, to->name, reason.text);
        return json_null();
    }
    json_t *compared = siterun_compared(&result, from->name, to->name);
    compare_finish(&result);
    return compared;
}

static json_t *load_history(const struct arguments *a) {
    struct history *history;
    struct reason reason;
    json_t *made = json_null();
    if (!a->history)
        return made;
    if (history_open(&history, a->history, false, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    int error = sitehistory_make(history, (long)a->kind, (size_t)a->last, &made, &reason);
    history_close(history);
    if (error)
        cmd_fail(error == -ENOENT ? EXIT_USAGE : EXIT_MEASUREMENT, "%s", reason.text);
    return made;
}

/* The verdict of `tidemark guard` on a run; JSON's null if there is none. `run` is the
 * run's folder or its results.json. */
static json_t *guard_verdict_of(const char *run) {
    char path[PATH_MAX];
    const char *base = file_base_name(run);
    if (strcmp(base, RESULT_FILE) == 0)
        snprintf(path, sizeof path, "%.*s" GUARD_VERDICT_FILE, (int)(base - run), run);
    else
        snprintf(path, sizeof path, "%s/" GUARD_VERDICT_FILE, run);
    json_t *verdict = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    const char *schema = json_string_value(json_object_get(verdict, "schema"));
    if (schema && strcmp(schema, GUARD_VERDICT_SCHEMA) == 0 &&
        json_integer_value(json_object_get(verdict, "schema_version")) == 1)
        return verdict;
    json_decref(verdict);
    return json_null();
}

static json_t *run_of(const char *path, const struct cmd_loaded *loaded) {
    json_t *run = siterun_make(&loaded->figures, loaded->summary);
    json_object_set_new(run, "guard", guard_verdict_of(path));
    return run;
}

static json_t *data_of(const struct arguments *a, const struct cmd_loaded *loaded,
                       json_t *history) {
    char made[32] = "";
    time_t now = time(NULL);
    json_t *runs = json_array();
    strftime(made, sizeof made, "%Y-%m-%d %H:%M UTC", gmtime(&now));
    for (int i = 0; i < a->runs.count; i++)
        json_array_append_new(runs, run_of(a->runs.at[i], &loaded[i]));
    json_t *named = siterun_measures(runs, history);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "tidemark", TIDEMARK_VERSION,
                     "made", made, "subject", a->subject, "measures", named, "history",
                     history, "runs", runs, "compared",
                     compare_last(loaded, a->runs.count));
}

/* There are no bounds if the default file is missing. A file that was named must exist.
 */
static json_t *load_bounds(const struct arguments *a) {
    struct reason reason;
    const char *path = a->bounds ? a->bounds : CMD_BOUNDS;
    json_t *bounds = NULL;
    if (!a->bounds && access(path, F_OK) < 0)
        return NULL;
    if (bounds_load(path, &bounds, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    return bounds;
}

static void write_site(const struct arguments *a, const struct cmd_loaded *loaded,
                       const json_t *bounds, json_t *history) {
    struct reason reason;
    json_t *data = data_of(a, loaded, history);
    json_t *badge = sitebadge_make(
        a->runs.count ? loaded[a->runs.count - 1].summary : NULL, bounds, a->subject);
    int error = site_write(data, a->output, &reason);
    if (!error)
        error =
            result_write_json(badge, JSON_INDENT(1), a->output, "badge.json", &reason);
    if (error)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    printf("site: %s/index.html\n", a->output);
}

int cmd_site(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows), .most = INT_MAX, .check = check,
        .usage = "-o FOLDER [RUN...]",
        .doc = "Write runs and the history of nightly runs as a web page. The page works "
               "from a folder and loads nothing from another host.\vRUN is a run (its "
               "folder or results.json) or a baseline; the last two are compared. The "
               "page has their figures, and charts of every series of the history. Exit "
               "code 3: the site's parts are missing, or the site cannot be written."};
    struct arguments a = {.subject = "ebb", .last = 365, .profile = "default"};
    optiontable_parse(&table, argc, argv, &a);
    struct cmd_loaded *loaded = heap_new((size_t)a.runs.count, sizeof *loaded);
    for (int i = 0; i < a.runs.count; i++)
        cmd_load_whole(a.runs.at[i], a.profile, &loaded[i]);
    json_t *bounds = load_bounds(&a);
    write_site(&a, loaded, bounds, load_history(&a));
    return EXIT_FINE;
}
