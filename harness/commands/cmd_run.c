/*
 * tidemark run: plans a run, measures it, and writes results.json, report.md and the
 * plots; or resumes an interrupted run.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "autorounds.h"
#include "clock.h"
#include "cmd.h"
#include "conditioning.h"
#include "journal.h"
#include "optiontable.h"
#include "power.h"
#include "reason.h"
#include "request.h"
#include "result.h"
#include "runfolder.h"
#include "runner.h"
#include "signals.h"
#include "summary.h"

struct arguments {
    struct request request;
    const char *output;
    const char *resume; /* NULL: a new run; empty: the newest */
    bool no_plots;
    bool auto_rounds;
    double budget_minutes;    /* of --rounds=auto */
    double detect;            /* relative: the change to be shown; 0: no demand */
    const struct plan *ready; /* NULL: the plan is made from the request */
    bool plans;               /* an option was given that a resumed run's plan fixes */
};

static option_call take_workload, take_allocator, take_rounds, take_shard;

enum { WHAT = 1, HOW, WHERE }; /* groups; a resumed run's plan fixes all but WHERE */

static const struct option_row option_rows[] = {
    TITLE(WHAT, "What to measure:"),
    TEXT(WHAT, 'p', "profile", "NAME", request.profile,
         "quick (two minutes), default (nine minutes, idle "
         "window 25 s) or long (idle window 360 s)"),
    TEXT(WHAT, 0, "workloads", "LIST", request.workloads,
         "measure these, separated by commas, or all (default: those that are not marked "
         "as extra)"),
    CALL(WHAT, 'w', "workload", "NAME=BASE", take_workload,
         "also measure your own program, which speaks docs/protocol.md (BASE is its "
         "path), or a listed workload (BASE is its name). Options follow as "
         "NAME=BASE,OPTION=VALUE,... May be repeated"),
    TEXT(WHAT, 0, "allocators", "LIST", request.allocators,
         "measure only these, separated by commas; with policies as ALLOCATOR+POLICY"),
    CALL(WHAT, 'a', "allocator", "NAME=BASE[,ENV=VALUE...]", take_allocator,
         "also measure your own shared library (BASE is its path), or a listed allocator "
         "with settings (BASE is its name), or just ALLOCATOR+POLICY (`tidemark list "
         "policies`). May be repeated"),
    TEXT(WHAT, 0, "idle-drivers", "LIST", request.idle_drivers,
         "what idle processes do: some of dead, collect, tick, tick-all and joined "
         "(default: dead,collect)"),
    TEXT(WHAT, 't', "threads", "LIST", request.threads,
         "numbers of worker threads (default: 4)"),
    CALL(WHAT, 0, "shard", "I/N", take_shard,
         "measure only the I-th of N parts of the cells; `tidemark merge` puts the parts "
         "together"),
    TITLE(HOW, "How:"),
    NUMBER(HOW, 0, "scale", "X", request.scale, 0.01, 100,
           "size of the workloads, 0.01 to 100"),
    INTEGER(HOW, 0, "builds", "N", request.builds, 1, 1000,
            "builds per process (default: each workload's own)"),
    CALL(HOW, 0, "rounds", "N", take_rounds,
         "number of memory rounds and of timed rounds. With auto, those of the profile, "
         "then more until the comparisons over all workloads are sharp enough (or as "
         "sharp as --detect demands), or the budget is spent"),
    NUMBER(HOW, 0, "budget", "MINUTES", budget_minutes, 0.01, 100000,
           "time limit of all rounds of --rounds=auto together (default: 30)"),
    PERCENT(HOW, 0, "detect", detect, 0.1, 10000,
            "demand that the rounds would show a change of this size nine times in ten, "
            "over all workloads (with one workload: in each cell). If the noise of an "
            "earlier run says that the rounds are too few, nothing is measured. If the "
            "run turns out too noisy, the exit code is 3"),
    INTEGER(HOW, 0, "memory-rounds", "N", request.memory_rounds, 0, PLAN_ROUNDS_MAX,
            "number of memory rounds; 0: do not measure memory"),
    INTEGER(HOW, 0, "timed-rounds", "N", request.timed_rounds, 0, PLAN_ROUNDS_MAX,
            "number of timed rounds; 0: do not measure speed"),
    INTEGER(HOW, 0, "latency-rounds", "N", request.latency_rounds, 0, PLAN_ROUNDS_MAX,
            "also time every single call, in runs of their own (default: 0)"),
    INTEGER(HOW, 0, "syscall-rounds", "N", request.syscall_rounds, 0, PLAN_ROUNDS_MAX,
            "also count system calls, by strace, in runs of their own (default: 0)"),
    INTEGER(HOW, 0, "instruction-rounds", "N", request.instruction_rounds, 0,
            PLAN_ROUNDS_MAX,
            "also count instructions, by valgrind, in runs of their own; and, in as many "
            "others, system calls and page faults (default: 0)"),
    NUMBER(HOW, 0, "idle", "SECONDS", request.idle_s, 0.05, 3600,
           "idle window of a memory cell"),
    INTEGER(HOW, 0, "idle-limit", "N", request.idle_limit, 1, 256,
            "memory cells that may be idle at once (default: 64; with 1, idle "
            "periods do not overlap)"),
    TEXT(HOW, 0, "memory", "LIST", request.memory,
         "the condition of free memory when something is timed: warm (it is there; the "
         "default), cold (a virtual machine's host has to supply it), warm,cold, or any "
         "(as it happens to be)"),
    TEXT(HOW, 0, "reference", "NAME", request.reference,
         "the allocator that ratios refer to (default: "
         "glibc)"),
    FLAG(HOW, 0, "no-again", request.no_again,
         "leave out the A/A row, for which the reference is measured twice"),
    SEED(HOW, 0, "seed", request.seed,
         "seed of the order of cells (default: random, recorded)"),
    WHOLE(HOW, 0, "workload-seed", "N", request.workload_seed, 0, 1000000000000000,
          "seed of the workloads (default: 1)"),
    INTEGER(HOW, 0, "timeout", "SECONDS", request.timeout_s, 1, 86400,
            "time limit of one cell's work (default: 120)"),
    TITLE(WHERE, "Where:"),
    TEXT(WHERE, 'o', "output", "DIR", output,
         "where runs are kept (default: results); DIR/latest points to "
         "the newest"),
    {WHERE, OPTION_TEXT, 0, "resume", "RUN",
     "resume an interrupted run (default: DIR/latest): measure missing cells, and failed "
     "ones again",
     OPTION_AT(resume), 0, 0, NULL, OPTION_ARG_OPTIONAL},
    FLAG(WHERE, 0, "no-plots", no_plots, "draw nothing"),
};

static void add_custom(struct argp_state *state, const char *option, const char **list,
                       size_t *count, const char *text) {
    if (*count == REQUEST_CUSTOM_MAX)
        argp_error(state, "give at most %d times --%s", REQUEST_CUSTOM_MAX, option);
    list[(*count)++] = text;
}

static void take_workload(struct argp_state *state, const char *text) {
    struct request *request = &((struct arguments *)state->input)->request;
    add_custom(state, "workload", request->custom_workloads,
               &request->custom_workload_count, text);
}

static void take_allocator(struct argp_state *state, const char *text) {
    struct request *request = &((struct arguments *)state->input)->request;
    add_custom(state, "allocator", request->custom_allocators,
               &request->custom_allocator_count, text);
}

static void take_rounds(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    if (strcmp(text, "auto") == 0)
        a->auto_rounds = true;
    else
        a->request.memory_rounds = a->request.timed_rounds =
            (int)cmd_integer(state, "rounds", text, 1, PLAN_ROUNDS_MAX);
}

static void take_shard(struct argp_state *state, const char *text) {
    struct request *request = &((struct arguments *)state->input)->request;
    cmd_shard(state, text, &request->shard, &request->shards);
}

static void note_seen(const struct option_row *row, void *arguments) {
    ((struct arguments *)arguments)->plans |= row->group != WHERE;
}

static void refuse_word(struct argp_state *state, const char *text) {
    argp_error(state, "\"%s\" is not an option; `tidemark run` takes nothing else", text);
}

static void check(struct argp_state *state) {
    const struct arguments *a = state->input;
    if (a->resume && a->plans)
        argp_error(state, "--resume uses the plan of the run: give no other option than "
                          "--output and --no-plots");
}

/* ---- the run's folder ---- */

/* Reads the plan of an interrupted run. Fails for a run of watched programs. Also fails
 * if the environment or a library changed: old and new measurements would not be alike.
 */
static int read_plan(struct plan *plan, const char *folder, json_t **ret_file,
                     struct reason *reason) {
    struct reason why = {""};
    int error = runfolder_read_plan(folder, plan, ret_file, reason);
    if (error)
        return error;
    if (plan_is_watched(plan)) {
        reason_set(&why, "it is a run of `tidemark %s`", plan->profile);
        error = -EINVAL;
    }
    for (size_t i = 0; !error && i < plan->variants.count; i++)
        if (plan->variants.at[i].status == VARIANT_OK && !plan_is_of_commands(plan))
            error = variant_check_library(&plan->variants.at[i], &why);
    if (error)
        reason_set(reason, "cannot resume %s: %.500s; start a new run", folder, why.text);
    return error;
}

/* ---- running ---- */

static void warn_if_busy(void) {
    double load;
    if (getloadavg(&load, 1) == 1 && load > 0.5 * (double)sysconf(_SC_NPROCESSORS_ONLN))
        cmd_complain("warning: the machine is busy (load %.1f), so times will be noisy; "
                     "end other programs, or take this run's times only for a first look",
                     load);
}

struct session {
    struct plan plan;
    char folder[PATH_MAX - 64];
    json_t *plan_file;     /* {plan, environment, demands} */
    double budget_minutes; /* of --rounds=auto; 0: the plan's rounds are all */
    double detect;         /* relative: the change to be shown; 0: no demand */
    struct journal journal;
    const volatile int *stop; /* set by a signal */
};

/* Measures what is missing. Then journals the wall time of this session. */
static int measure(struct session *s, struct reason *reason) {
    struct progress progress;
    progress_begin(&progress, stderr);
    struct runner runner = {.plan = &s->plan,
                            .journal = &s->journal,
                            .progress = &progress,
                            .folder = s->folder,
                            .stop = s->stop};
    uint64_t started = clock_now_ns();
    int error = runner_run(&runner, reason);
    progress_end(&progress);
    double wall_s = (double)(clock_now_ns() - started) / NS_PER_S;
    struct reason ignored; /* without this record only the runner's own cost is unknown */
    journal_append(&s->journal,
                   json_pack("{s:s, s:f}", "kind", "session", "wall_s", wall_s),
                   &ignored);
    return error;
}

/* ---- --rounds=auto ---- */

/* Adds rounds to a kind of cell that has too few: half as many again, but no more than
 * there is time for, which is the share `affordable` of the present rounds. Returns
 * whether it added any. */
static bool add_rounds(const struct summary *summary, enum cell_kind kind, double detect,
                       double affordable, unsigned *rounds) {
    double more = floor(fmin(fmax(1, *rounds / 2), *rounds * affordable));
    if (*rounds == 0 || more < 1 || *rounds + more > PLAN_ROUNDS_MAX ||
        (detect > 0 ? autorounds_blind(summary, kind, detect) == 0
                    : autorounds_enough(summary, kind)))
        return false;
    *rounds += (unsigned)more;
    return true;
}

/* Writes the plan's new numbers of rounds to disk, before those rounds begin. */
static int rewrite_plan(struct session *s, struct reason *reason) {
    json_t *plan = json_object_get(s->plan_file, "plan");
    json_object_set_new(plan, "memory_rounds", json_integer(s->plan.memory_rounds));
    json_object_set_new(plan, "timed_rounds", json_integer(s->plan.timed_rounds));
    return runfolder_write_plan(s->plan_file, s->folder, reason);
}

/* Measures. With --rounds=auto, it then adds rounds to the plan and measures those, as
 * long as more are wanted and there is time for one. */
static int measure_all(struct session *s, struct reason *reason) {
    uint64_t started = clock_now_ns();
    int error = measure(s, reason);
    while (!error && s->budget_minutes > 0) {
        double spent_s = (double)(clock_now_ns() - started) / NS_PER_S;
        double affordable = 60 * s->budget_minutes / spent_s - 1;
        const struct summary *summary = cmd_load(s->folder);
        bool memory = add_rounds(summary, CELL_MEMORY, s->detect, affordable,
                                 &s->plan.memory_rounds);
        bool timed =
            add_rounds(summary, CELL_TIMED, s->detect, affordable, &s->plan.timed_rounds);
        if (!memory && !timed)
            break;
        error = rewrite_plan(s, reason);
        if (!error)
            error = measure(s, reason);
    }
    return error;
}

/* Whether the run could have shown the demanded change. Complains if it could not. */
static bool was_sharp_enough(const struct summary *summary, double detect) {
    double blind = 0;
    for (enum cell_kind kind = 0; kind < CELL_KINDS; kind++)
        blind = fmax(blind, autorounds_blind(summary, kind, detect));
    if (detect <= 0 || blind == 0)
        return true;
    if (isinf(blind))
        cmd_complain("these rounds could not have shown any change, but --detect demands "
                     "%g %%; give more rounds, or --rounds=auto",
                     100 * detect);
    else
        cmd_complain(
            "these rounds could not have shown a change of less than %.1f %% over all "
            "workloads, but --detect demands %g %%; give more rounds, or --rounds=auto",
            100 * blind, 100 * detect);
    return false;
}

/* Writes and prints the results. Returns the exit code. */
static int finish(const struct session *s, const struct arguments *a) {
    struct reason reason;
    json_t *root = result_assemble(s->plan_file, s->journal.records, true);
    if (result_write(root, s->folder, &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT,
                 "%s; the measurements are safe in %s/" RESULT_JOURNAL
                 ", and `tidemark report %s` reads them",
                 reason.text, s->folder, s->folder);
    signals_stop_heeding();
    const struct summary *summary = cmd_load(s->folder);
    int code = cmd_tell(summary, s->folder, !a->no_plots);
    if (code == EXIT_FINE && !was_sharp_enough(summary, s->detect))
        code = EXIT_MEASUREMENT;
    if (code != EXIT_FINE)
        cmd_complain("not everything went well; the lines above say what failed");
    return code;
}

/*
 * If cold memory is wanted, looks for it. If memory is never cold here, warm and cold are
 * the same condition, and the plan says so. A plan with cold alone fails then: -ENOTSUP.
 */
static int look_for_cold(struct plan *plan, const volatile int *stop,
                         struct reason *reason) {
    struct conditioning c;
    if (!plan->memory[MEMORY_COLD] || plan->timed_rounds + plan->latency_rounds == 0)
        return 0;
    int error = conditioning_begin(&c, stop, reason);
    if (error)
        return error;
    cmd_complain("looking for memory that is cold, which takes a minute or more");
    bool found = conditioning_finds_cold(&c);
    conditioning_end(&c);
    if (*stop) {
        reason_set(reason, "interrupted before the first measurement");
        return -EINTR;
    }
    if (!found && !plan->memory[MEMORY_WARM]) {
        reason_set(reason, "free memory of this machine is never cold: each touch cost "
                           "the same; measure with --memory=warm");
        return -ENOTSUP;
    }
    plan->memory_alike = !found;
    plan->memory[MEMORY_COLD] = found;
    return 0;
}

/* ---- what the rounds can show ---- */

/* Loads the baseline of this profile or else the latest run (of any profile), if it had
 * the same size of work. False if neither did. */
static bool load_earlier(const struct plan *plan, const char *output,
                         struct runfigures *ret) {
    char paths[2][PATH_MAX], scale[24], builds[16];
    struct reason ignored; /* without earlier figures the noise is unknown */
    snprintf(paths[0], sizeof paths[0], CMD_BASELINES "/%s.json", plan->profile);
    snprintf(paths[1], sizeof paths[1], "%s/latest", output);
    snprintf(scale, sizeof scale, "%g", plan->scale);
    snprintf(builds, sizeof builds, "%u", plan->builds);
    for (size_t i = 0; i < 2; i++) {
        if (access(paths[i], R_OK) < 0 ||
            runfigures_load(ret, paths[i], plan->profile, &ignored) < 0)
            continue;
        if (strcmp(runfigures_text(ret, "facts", "scale"), scale) == 0 &&
            strcmp(runfigures_text(ret, "facts", "builds"), builds) == 0)
            return true;
        runfigures_finish(ret);
    }
    return false;
}

/* Prints which changes the rounds can show, if earlier figures tell. -ERANGE with
 * `reason` if --detect demands more and no rounds would be added. */
static int look_at_power(const struct plan *plan, const struct arguments *a,
                         struct reason *reason) {
    enum { MOST = 16 };
    struct power list[MOST];
    struct runfigures earlier;
    double detect = a->detect;
    if (plan_is_of_commands(plan) || !load_earlier(plan, a->output, &earlier))
        return 0;
    int count = power_of(plan, &earlier, list, MOST);
    power_print(list, count, earlier.name, stderr);
    runfigures_finish(&earlier);
    for (int i = 0; detect > 0 && !a->auto_rounds && i < count; i++) {
        char label[64];
        measure_label(list[i].measure, label, sizeof label);
        if (power_visible(&list[i]) <= fmax(detect, list[i].tolerance))
            continue;
        reason_set(
            reason,
            "%u rounds could not show a change of less than %.1f %% (%s), but --detect "
            "demands %g %%; nothing was measured; give more rounds, or --rounds=auto",
            list[i].rounds, 100 * power_visible(&list[i]), label, 100 * detect);
        return -ERANGE;
    }
    return 0;
}

/* What a run demands of its rounds is kept beside its plan, for --resume. */
static int write_demands(struct session *s, struct reason *reason) {
    if (s->budget_minutes <= 0 && s->detect <= 0)
        return 0;
    json_object_set_new(s->plan_file, "demands",
                        json_pack("{s:f, s:f}", "budget_minutes", s->budget_minutes,
                                  "detect", s->detect));
    return runfolder_write_plan(s->plan_file, s->folder, reason);
}

static void read_demands(struct session *s) {
    const json_t *demands = json_object_get(s->plan_file, "demands");
    s->budget_minutes = json_number_value(json_object_get(demands, "budget_minutes"));
    s->detect = json_number_value(json_object_get(demands, "detect"));
}

/* Sets up the session's plan, folder and plan file, for a new or an interrupted run. */
static int prepare(struct session *s, const struct arguments *a, struct reason *reason) {
    int error = 0;
    if (a->resume) {
        if (*a->resume)
            snprintf(s->folder, sizeof s->folder, "%s", a->resume);
        else
            snprintf(s->folder, sizeof s->folder, "%s/latest", a->output);
        error = read_plan(&s->plan, s->folder, &s->plan_file, reason);
        if (!error)
            read_demands(s);
        return error;
    }
    s->budget_minutes = a->auto_rounds ? a->budget_minutes : 0;
    s->detect = a->detect;
    if (a->ready)
        s->plan = *a->ready;
    else
        error = cmd_read_allocators(&s->plan.variants, reason);
    if (!error && !a->ready)
        error = request_make_plan(&a->request, &s->plan, reason);
    if (!error)
        error = look_for_cold(&s->plan, s->stop, reason);
    if (!error)
        error = look_at_power(&s->plan, a, reason);
    if (!error)
        error = runfolder_make(a->output, s->plan.profile, s->folder, sizeof s->folder,
                               reason);
    if (!error)
        error = runfolder_begin_plan(&s->plan, s->folder, &s->plan_file, reason);
    if (!error)
        error = write_demands(s, reason);
    int unlinked = error ? 0 : runfolder_point(a->output, "latest", s->folder);
    if (unlinked)
        cmd_complain("warning: cannot point %s/latest to this run: %s", a->output,
                     strerror(-unlinked));
    return error;
}

static int open_journal(struct session *s, struct reason *reason) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/" RESULT_JOURNAL, s->folder);
    return journal_open(&s->journal, path, reason);
}

static int run(const struct arguments *a) {
    static struct session session;
    struct session *s = &session;
    struct reason reason = {"out of memory"};
    size_t total, recorded;
    warn_if_busy();
    s->stop = signals_heed(false);
    int error = prepare(s, a, &reason);
    if (error) {
        bool measurement = error == -ENOSPC || error == -EFBIG || error == -EDQUOT ||
                           error == -ENOMEM || error == -ENOTSUP || error == -EINTR ||
                           error == -ERANGE;
        cmd_fail(measurement ? EXIT_MEASUREMENT : EXIT_USAGE, "%s", reason.text);
    }
    if (open_journal(s, &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    error = measure_all(s, &reason);
    if (!error)
        return finish(s, a);
    runner_count(&s->plan, &s->journal, &total, &recorded);
    cmd_fail(EXIT_MEASUREMENT,
             "%s; %zu of %zu measurements are recorded; `tidemark run --resume=%s` "
             "measures the others",
             error == -EINTR ? "interrupted" : reason.text, recorded, total, s->folder);
}

int cmd_run_plan(const struct plan *plan, const char *output) {
    return run(&(struct arguments){.output = output, .ready = plan, .no_plots = true});
}

int cmd_run(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows), .word = refuse_word, .check = check, .seen = note_seen,
        .doc = "Measure workloads under allocators: the memory that is left after an "
               "idle period, and the speed.\vEach finished cell is on disk before the "
               "next begins. So an interrupted run loses nothing, and --resume resumes "
               "it. Exit code 0: everything was measured; 2: bad input; 3: a measurement "
               "failed or the run was interrupted."};
    struct arguments arguments = {.output = "results",
                                  .budget_minutes = 30,
                                  .request = {.profile = "default",
                                              .idle_drivers = "dead,collect",
                                              .threads = "4",
                                              .memory = "warm",
                                              .builds = -1,
                                              .memory_rounds = -1,
                                              .timed_rounds = -1,
                                              .idle_limit = -1,
                                              .timeout_s = -1,
                                              .seed = request_random_seed(),
                                              .workload_seed = 1}};
    optiontable_parse(&table, argc, argv, &arguments);
    return run(&arguments);
}
