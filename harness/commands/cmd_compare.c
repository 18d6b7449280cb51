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
#include "reason.h"

enum option_key {
    KEY_BETWEEN = 0x100,
    KEY_TIME_TOLERANCE,
    KEY_MEMORY_TOLERANCE,
    KEY_DECIDE,
    KEY_BASELINE,
    KEY_DETECT,
    KEY_SUBJECT,
};

struct arguments {
    const char *paths[2];
    int count;
    const char *profile;
    char *between;
    struct compare_options compare;
    bool markdown, decide;
};

static const struct argp_option options[] = {
    {"between", KEY_BETWEEN, "FROM,TO", 0,
     "compare two variants of one run (or FROM of A with TO of B)", 0},
    {"baseline", KEY_BASELINE, NULL, 0,
     "the first is the committed baseline, " CMD_BASELINES, 0},
    {"profile", 'p', "NAME", 0,
     "which of a folder's baselines (default: the run's own profile)", 0},
    {"time-tolerance", KEY_TIME_TOLERANCE, "PERCENT", 0,
     "changes of time up to this are the same (default: the first's own)", 0},
    {"memory-tolerance", KEY_MEMORY_TOLERANCE, "PERCENT", 0,
     "changes of footprints up to this are the same", 0},
    {"subject", KEY_SUBJECT, "VARIANT", 0,
     "put it on trial (default: what changed between the two; where nothing did, all)",
     0},
    {"detect", KEY_DETECT, "PERCENT", 0,
     "demand that a change of so much would have been seen, over all workloads: exit "
     "code "
     "3 where these rounds could not (default: 30)",
     0},
    {"decide", KEY_DECIDE, NULL, 0,
     "demand verdicts: exit code 3 if one over all workloads is inconclusive", 0},
    {"markdown", 'm', NULL, 0, "print Markdown", 0},
    {0},
};

static void split_between(struct arguments *a, char *text, struct argp_state *state) {
    char *comma = strchr(text, ',');
    if (!comma || comma == text || !comma[1])
        argp_error(state, "--between takes two variants, FROM,TO, not \"%s\"", text);
    a->between = strdup(text);
    if (!a->between)
        argp_failure(state, EXIT_MEASUREMENT, ENOMEM, "--between");
    a->between[comma - text] = '\0';
    a->compare.variant_a = a->between;
    a->compare.variant_b = a->between + (comma - text) + 1;
}

static void check_count(struct arguments *a, struct argp_state *state) {
    if (a->count == 1 && a->between)
        a->paths[a->count++] = a->paths[0];
    if (a->count != 2)
        argp_error(state,
                   "name two runs, A and B (or one, with --between or --baseline)");
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case KEY_BETWEEN:
        split_between(a, text, state);
        return 0;
    case KEY_BASELINE:
        a->paths[1] = a->paths[0];
        a->paths[0] = CMD_BASELINES;
        a->count++;
        return 0;
    case 'p':
        a->profile = text;
        return 0;
    case KEY_TIME_TOLERANCE:
        a->compare.time_tolerance =
            cmd_number(state, "time-tolerance", text, 0.1, 1000) / 100;
        return 0;
    case KEY_MEMORY_TOLERANCE:
        a->compare.memory_tolerance =
            cmd_number(state, "memory-tolerance", text, 0.1, 1000) / 100;
        return 0;
    case KEY_DETECT:
        a->compare.detect = cmd_number(state, "detect", text, 0.1, 1000) / 100;
        return 0;
    case KEY_SUBJECT:
        a->compare.subject = text;
        return 0;
    case KEY_DECIDE:
        a->decide = true;
        return 0;
    case 'm':
        a->markdown = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->count == 2)
            argp_error(state, "two runs at a time");
        a->paths[a->count++] = text;
        return 0;
    case ARGP_KEY_END:
        check_count(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* REV's baseline, by git. Its text is small: a few values for each cell. */
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
                   "%s is neither a run nor a baseline, and git has no %s either (wrong "
                   "name, or another folder than the repository's?)",
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

/* B first: where A is a folder of baselines, B's profile says which. */
int cmd_load_two(const char *const paths[2], const char *profile,
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

int cmd_compare_code(const struct compare_result *result, bool decide) {
    if (compare_count(result, VERDICT_WORSE))
        return EXIT_REGRESSION;
    if (result->failure_count || compare_on_trial(result) == 0 ||
        compare_machine_moved(result) || compare_blind(result) ||
        (decide && compare_is_undecided(result)))
        return EXIT_MEASUREMENT;
    return EXIT_FINE;
}

static int compare(const struct arguments *a, const struct runfigures *from,
                   const struct runfigures *to) {
    struct compare_result result;
    struct reason reason;
    int error = compare_make(&result, from, to, &a->compare, &reason);
    if (error) {
        cmd_complain("%s", reason.text);
        return error == -EINVAL ? EXIT_USAGE : EXIT_MEASUREMENT;
    }
    compare_print(&result, a->markdown, stdout);
    int code = cmd_compare_code(&result, a->decide);
    compare_finish(&result);
    return code;
}

int cmd_compare(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        "A B\nA --between=FROM,TO\n--baseline B",
        "Compare two runs, cell by cell and over all workloads: better, worse, same or "
        "inconclusive.\vA and B are a run (its folder or results.json), a baseline (its "
        "file or folder), or a git revision, whose " CMD_BASELINES
        " is taken. Exit code 0: "
        "nothing is worse; 1: something is; 2: bad input; 3: a cell of B failed, nothing "
        "could be compared, the machine changed, what --detect demands could not have "
        "been "
        "seen, or with --decide a verdict is open.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    struct runfigures a, b;
    int code = cmd_load_two(arguments.paths, arguments.profile, &a, &b);
    if (code == EXIT_FINE) {
        code = compare(&arguments, &a, &b);
        runfigures_finish(&a);
        runfigures_finish(&b);
    }
    free(arguments.between);
    return code;
}
