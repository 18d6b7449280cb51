/* tidemark merge SHARD...: makes one run of its shards. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "file.h"
#include "merge.h"
#include "optiontable.h"
#include "reason.h"
#include "result.h"
#include "summary.h"

struct arguments {
    char **shards;
    size_t count;
    const char *output;
    bool no_plots;
};

static const struct option_row option_rows[] = {
    TEXT(0, 'o', "output", "DIR", output,
         "the merged run's folder (default: results/merged)"),
    FLAG(0, 0, "no-plots", no_plots, "draw nothing"),
};

static error_t parse_rest(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_ARGS:
        a->shards = state->argv + state->next;
        a->count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name the shards' folders");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Writes results.json, report.md and the plots, and prints the tables. */
static int write_run(const struct arguments *a, const json_t *root) {
    struct reason reason = {"out of memory"};
    int error = file_make_directories(a->output, &reason);
    if (!error)
        error = result_write(root, a->output, &reason);
    if (error) {
        cmd_complain("%s", reason.text);
        return EXIT_MEASUREMENT;
    }
    struct result result;
    struct summary summary;
    int code = cmd_load(a->output, &result, &summary);
    if (code != EXIT_FINE)
        return code;
    code = cmd_tell(&summary, a->output, !a->no_plots);
    printf("\nreport: %s/" RESULT_REPORT "\n", a->output);
    summary_finish(&summary);
    result_finish(&result);
    return code;
}

static int merge(const struct arguments *a, struct result *shards) {
    char missing[512];
    struct reason reason;
    json_t *root;
    if (merge_results(shards, a->count, &root, missing, sizeof missing, &reason) < 0) {
        cmd_complain("%s", reason.text);
        return EXIT_USAGE;
    }
    int code = write_run(a, root);
    json_decref(root);
    if (*missing) {
        cmd_complain("the run is incomplete; these shards are missing: %s", missing);
        code = EXIT_MEASUREMENT;
    }
    return code;
}

int cmd_merge(int argc, char **argv) {
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = parse_rest,
        .usage = "SHARD...",
        .doc = "Put the shards of a run together, as if one machine had measured them "
               "all.\vSHARD is the folder or results.json of `tidemark run --shard=I/N`. "
               "One shard holds all variants of a workload at one number of threads, so "
               "every verdict compares figures of one machine. Exit code 3: a shard is "
               "missing or has failed cells."};
    struct arguments arguments = {.output = "results/merged"};
    optiontable_parse(&table, argc, argv, &arguments);
    struct result *shards = calloc(arguments.count, sizeof *shards);
    if (!shards)
        return EXIT_MEASUREMENT;
    size_t loaded = 0;
    struct reason reason;
    while (loaded < arguments.count &&
           result_load(&shards[loaded], arguments.shards[loaded], &reason) == 0)
        loaded++;
    int code = EXIT_USAGE;
    if (loaded < arguments.count)
        cmd_complain("%s", reason.text);
    else
        code = merge(&arguments, shards);
    while (loaded > 0)
        result_finish(&shards[--loaded]);
    free(shards);
    return code;
}
