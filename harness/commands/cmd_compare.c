/* tidemark compare A B: verdicts between two runs, or a run and a baseline. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "cmd.h"
#include "compare.h"
#include "compare_report.h"
#include "form.h"
#include "optiontable.h"
#include "reason.h"

struct arguments {
    const char *paths[2];
    int count;
    const char *profile;
    char *between;
    struct compare_options compare;
    bool markdown, decide;
};

static void take_between(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    const char *comma = strchr(text, ',');
    if (!comma || comma == text || !comma[1])
        argp_error(state, "--between takes two variants, FROM,TO, not \"%s\"", text);
    a->between = strdup(text);
    if (!a->between)
        argp_failure(state, EXIT_MEASUREMENT, ENOMEM, "--between");
    a->between[comma - text] = '\0';
    a->compare.variant_a = a->between;
    a->compare.variant_b = a->between + (comma - text) + 1;
}

static void take_baseline(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    (void)text;
    a->paths[1] = a->paths[0];
    a->paths[0] = CMD_BASELINES;
    a->count++;
}

static const struct option_row option_rows[] = {
    CALL(0, 0, "between", "FROM,TO", take_between,
         "compare two variants of one run (or FROM of A with TO of B)"),
    CALL(0, 0, "baseline", NULL, take_baseline,
         "compare with the committed baseline, in " CMD_BASELINES),
    TEXT(0, 'p', "profile", "NAME", profile,
         "take the baseline of this profile from a folder (default: the run's profile)"),
    PERCENT(0, 0, "time-tolerance", compare.time_tolerance, 0.1, 1000,
            "treat changes of time up to this as the same (default: the tolerance that "
            "the first has)"),
    PERCENT(0, 0, "memory-tolerance", compare.memory_tolerance, 0.1, 1000,
            "treat changes of footprints up to this as the same"),
    TEXT(0, 0, "subject", "VARIANT", compare.subject,
         "also judge VARIANT (default: judge what changed between the two, or all "
         "variants if nothing changed)"),
    PERCENT(0, 0, "detect", compare.detect, 0.1, 1000,
            "demand that the rounds could have shown a change of this size over all "
            "workloads; if they could not, the exit code is 3 (default: 30)"),
    FLAG(0, 0, "decide", decide,
         "demand verdicts: the exit code is 3 if one over all workloads is inconclusive"),
    FLAG(0, 'm', "markdown", markdown, "print Markdown"),
};

static void check_count(struct arguments *a, struct argp_state *state) {
    if (a->count == 1 && a->between)
        a->paths[a->count++] = a->paths[0];
    if (a->count != 2)
        argp_error(state,
                   "name two runs, A and B (or one, with --between or --baseline)");
}

static error_t parse_rest(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (a->count == 2)
            argp_error(state, "name two runs only");
        a->paths[a->count++] = text;
        return 0;
    case ARGP_KEY_END:
        check_count(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Loads the baseline that a git revision has. MOST bytes are enough: it has a few values
 * for each cell. */
static int load_revision(struct runfigures *ret, const char *revision,
                         const char *profile, struct reason *reason) {
    enum { MOST = 32 << 20 };
    char name[300];
    snprintf(name, sizeof name, "%s:./" CMD_BASELINES "/%s.json", revision, profile);
    char *text = malloc(MOST);
    if (!text) {
        reason_set(reason, "out of memory while reading %s", name);
        return -ENOMEM;
    }
    int code = capture_command((char *[]){"git", "show", name, NULL}, 0, text, MOST);
    json_t *root = code == 0 ? json_loads(text, 0, NULL) : NULL;
    int error = -ENOENT;
    if (root)
        error = runfigures_from_json(ret, root, name, reason);
    else
        reason_set(reason,
                   "%s is neither a run nor a baseline, and git has no %s (is the name "
                   "wrong, or is this folder outside the repository?)",
                   revision, name);
    json_decref(root);
    free(text);
    return error;
}

int cmd_load_figures(const char *path, const char *profile, struct runfigures *ret) {
    struct reason reason;
    int error = access(path, F_OK) == 0 ? runfigures_load(ret, path, profile, &reason)
                                        : load_revision(ret, path, profile, &reason);
    if (error) {
        cmd_complain("%s", reason.text);
        return error == -ENOMEM ? EXIT_MEASUREMENT : EXIT_USAGE;
    }
    return EXIT_FINE;
}

/* Loads B first: without --profile, its profile says which baseline of a folder A is. */
static int load_two(const char *const paths[2], const char *profile,
                    struct runfigures *ret_a, struct runfigures *ret_b) {
    const char *wanted = profile ? profile : "default";
    int code = cmd_load_figures(paths[1], wanted, ret_b);
    if (code != EXIT_FINE)
        return code;
    if (!profile)
        wanted = runfigures_text(ret_b, "run", "profile");
    code = cmd_load_figures(paths[0], wanted, ret_a);
    if (code != EXIT_FINE)
        runfigures_finish(ret_b);
    return code;
}

static int compare(const struct arguments *a, const struct runfigures *from,
                   const struct runfigures *to) {
    struct compare_result result;
    struct reason reason;
    if (compare_make(&result, from, to, &a->compare, &reason) < 0) {
        cmd_complain("%s", reason.text);
        return EXIT_USAGE;
    }
    compare_print(&result, NULL, &(struct form){stdout, a->markdown});
    int code = EXIT_FINE;
    if (compare_count(&result, VERDICT_WORSE))
        code = EXIT_REGRESSION;
    else if (compare_is_open(&result) || (a->decide && compare_is_undecided(&result)))
        code = EXIT_MEASUREMENT;
    compare_finish(&result);
    return code;
}

int cmd_compare(int argc, char **argv) {
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = parse_rest,
        .usage = "A B\nA --between=FROM,TO\n--baseline B",
        .doc =
            "Compare two runs, cell by cell and over all workloads: better, worse, same "
            "or inconclusive.\vA and B each name a run (its folder or results.json), a "
            "baseline (its file or folder), or a git revision, of which " CMD_BASELINES
            " is used. Exit code 0: nothing is worse; 1: something is worse; 2: bad "
            "input; 3: a cell of B failed, nothing could be compared, the machine "
            "changed, the rounds could not have shown what --detect demands, or a "
            "verdict is inconclusive and --decide was given."};
    struct arguments arguments = {0};
    optiontable_parse(&table, argc, argv, &arguments);
    struct runfigures a, b;
    int code = load_two(arguments.paths, arguments.profile, &a, &b);
    if (code == EXIT_FINE) {
        code = compare(&arguments, &a, &b);
        runfigures_finish(&a);
        runfigures_finish(&b);
    }
    free(arguments.between);
    return code;
}
