/* tidemark compare A B: verdicts between two runs, or a run and a baseline. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
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
    struct words runs;
    bool baseline;
    const char *profile;
    struct compare_options compare;
    bool markdown, decide;
};

static void take_between(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    const char *comma = strchr(text, ',');
    if (!comma || comma == text || !comma[1])
        argp_error(state, "--between takes two variants, FROM,TO, not \"%s\"", text);
    a->compare.variant_a = strndup(text, (size_t)(comma - text));
    a->compare.variant_b = comma + 1;
}

static const struct option_row option_rows[] = {
    CALL(0, 0, "between", "FROM,TO", take_between,
         "compare two variants of one run (or FROM of A with TO of B)"),
    FLAG(0, 0, "baseline", baseline,
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

static void check(struct argp_state *state) {
    const struct arguments *a = state->input;
    int count = a->runs.count + a->baseline;
    if (count != 2 && !(count == 1 && a->compare.variant_a))
        argp_error(state,
                   "name two runs, A and B (or one, with --between or --baseline)");
}

/* Loads the baseline that a git revision has. MOST bytes are enough: it has a few values
 * for each cell. */
static int load_revision(struct runfigures *ret, const char *revision,
                         const char *profile, struct reason *reason) {
    enum { MOST = 32 << 20 };
    char name[300];
    snprintf(name, sizeof name, "%s:./" CMD_BASELINES "/%s.json", revision, profile);
    static char text[MOST];
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
    return error;
}

void cmd_load_figures(const char *path, const char *profile, struct runfigures *ret) {
    struct reason reason;
    int error = access(path, F_OK) == 0 ? runfigures_load(ret, path, profile, &reason)
                                        : load_revision(ret, path, profile, &reason);
    if (error)
        cmd_fail(error == -ENOMEM ? EXIT_MEASUREMENT : EXIT_USAGE, "%s", reason.text);
}

static int compare(const struct arguments *a, const struct runfigures *from,
                   const struct runfigures *to) {
    struct compare_result result;
    struct reason reason;
    if (compare_make(&result, from, to, &a->compare, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    compare_print(&result, NULL, &(struct form){stdout, a->markdown});
    bool is_open =
        compare_is_open(&result) || (a->decide && compare_is_undecided(&result));
    return compare_count(&result, VERDICT_WORSE) ? EXIT_REGRESSION
           : is_open                             ? EXIT_MEASUREMENT
                                                 : EXIT_FINE;
}

int cmd_compare(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .most = 2,
        .too_many = "name two runs only",
        .check = check,
        .usage = "A B\nA --between=FROM,TO\n--baseline B",
        .doc =
            "Compare two runs, cell by cell and over all workloads: better, worse, same "
            "or inconclusive.\vA and B each name a run (its folder or results.json), a "
            "baseline (its file or folder), or a git revision, of which " CMD_BASELINES
            " is used. Exit code 0: nothing is worse; 1: something is worse; 2: bad "
            "input; 3: a cell of B failed, nothing could be compared, the machine "
            "changed, the rounds could not have shown what --detect demands, or a "
            "verdict is inconclusive and --decide was given."};
    struct arguments a = {0};
    struct runfigures from, to;
    optiontable_parse(&table, argc, argv, &a);
    /* without --profile, the profile of the second says which baseline the first is */
    const char *last = a.runs.count ? a.runs.at[a.runs.count - 1] : CMD_BASELINES;
    cmd_load_figures(last, a.profile ? a.profile : "default", &to);
    cmd_load_figures(a.baseline ? CMD_BASELINES : a.runs.at[0],
                     a.profile ? a.profile : runfigures_text(&to, "run", "profile"),
                     &from);
    return compare(&a, &from, &to);
}
