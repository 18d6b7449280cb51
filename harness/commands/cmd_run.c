/*
 * tidemark run: plans a run, measures it, and writes results.json, report.md and the
 * plots; or resumes one that was interrupted.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "autorounds.h"
#include "clock.h"
#include "cmd.h"
#include "conditioning.h"
#include "environment.h"
#include "file.h"
#include "journal.h"
#include "paths.h"
#include "plot.h"
#include "reason.h"
#include "report.h"
#include "request.h"
#include "result.h"
#include "runfolder.h"
#include "runner.h"
#include "summary.h"

enum option_key {
    KEY_SCALE = 0x100,
    KEY_BUILDS,
    KEY_ROUNDS,
    KEY_MEMORY_ROUNDS,
    KEY_TIMED_ROUNDS,
    KEY_LATENCY_ROUNDS,
    KEY_SYSCALL_ROUNDS,
    KEY_INSTRUCTION_ROUNDS,
    KEY_IDLE,
    KEY_IDLE_DRIVERS,
    KEY_SEED,
    KEY_WORKLOAD_SEED,
    KEY_REFERENCE,
    KEY_IDLE_LIMIT,
    KEY_TIMEOUT,
    KEY_RESUME,
    KEY_WORKLOADS,
    KEY_ALLOCATORS,
    KEY_NO_AGAIN,
    KEY_NO_PLOTS,
    KEY_SHARD,
    KEY_BUDGET,
    KEY_MEMORY,
};

struct arguments {
    struct request request;
    const char *output;
    const char *resume; /* NULL: a new run; empty: the newest */
    bool no_plots;
    bool auto_rounds;
    double budget_s;          /* of --rounds=auto */
    const struct plan *ready; /* NULL: made of the request */
    bool plans;               /* an option was given that a resumed run has fixed */
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "What to measure:", 1},
    {"profile", 'p', "NAME", 0,
     "quick (two minutes), default (nine minutes, idle "
     "window 25 s) or long (idle window 360 s)",
     1},
    {"workloads", KEY_WORKLOADS, "LIST", 0,
     "these, separated by commas, or all (default: those that are not marked as extra)",
     1},
    {"workload", 'w', "NAME=BASE", 0,
     "also a program of yours that speaks docs/protocol.md (BASE is its path), or a "
     "listed workload (BASE is its name), with options as NAME=BASE,OPTION=VALUE,...; "
     "may be repeated",
     1},
    {"allocators", KEY_ALLOCATORS, "LIST", 0,
     "only these, separated by commas; with policies as ALLOCATOR+POLICY", 1},
    {"allocator", 'a', "NAME=BASE[,ENV=VALUE...]", 0,
     "also a shared library of yours (BASE is its path), or a listed allocator with "
     "settings (BASE is its name); or just ALLOCATOR+POLICY (`tidemark list policies`); "
     "may be repeated",
     1},
    {"idle-drivers", KEY_IDLE_DRIVERS, "LIST", 0,
     "of dead, collect, tick, tick-all and joined (default: dead,collect)", 1},
    {"threads", 't', "LIST", 0, "numbers of worker threads (default: 4)", 1},
    {"shard", KEY_SHARD, "I/N", 0,
     "only the I-th of N parts of the cells; `tidemark merge` puts the parts together",
     1},
    {0, 0, 0, 0, "How:", 2},
    {"scale", KEY_SCALE, "X", 0, "size of the workloads, 0.01 to 100", 2},
    {"builds", KEY_BUILDS, "N", 0, "builds per process (default: each workload's own)",
     2},
    {"rounds", KEY_ROUNDS, "N", 0,
     "memory and timed rounds alike; auto: the profile's, and more until the comparisons "
     "over all workloads are sharp enough or the budget is spent",
     2},
    {"budget", KEY_BUDGET, "MINUTES", 0,
     "for all rounds of --rounds=auto together (default: 30)", 2},
    {"memory-rounds", KEY_MEMORY_ROUNDS, "N", 0, "0 leaves memory out", 2},
    {"timed-rounds", KEY_TIMED_ROUNDS, "N", 0, "0 leaves speed out", 2},
    {"latency-rounds", KEY_LATENCY_ROUNDS, "N", 0,
     "also time every single call, in runs of their own (default: 0)", 2},
    {"syscall-rounds", KEY_SYSCALL_ROUNDS, "N", 0,
     "also count system calls, by strace, in runs of their own (default: 0)", 2},
    {"instruction-rounds", KEY_INSTRUCTION_ROUNDS, "N", 0,
     "also count instructions, by valgrind, and as often system calls and page faults, "
     "in runs of their own (default: 0)",
     2},
    {"idle", KEY_IDLE, "SECONDS", 0, "idle window of a memory cell", 2},
    {"idle-limit", KEY_IDLE_LIMIT, "N", 0,
     "memory cells idle at once (default: 64; 1: "
     "idle periods do not overlap)",
     2},
    {"memory", KEY_MEMORY, "LIST", 0,
     "the condition of free memory when something is timed: warm (it is there; the "
     "default), cold (a virtual machine's host has to supply it), warm,cold, or any (as "
     "it comes)",
     2},
    {"reference", KEY_REFERENCE, "NAME", 0,
     "the allocator that ratios refer to (default: "
     "glibc)",
     2},
    {"no-again", KEY_NO_AGAIN, 0, 0,
     "leave out the A/A row, the reference measured twice", 2},
    {"seed", KEY_SEED, "N", 0, "of the order of cells (default: random, recorded)", 2},
    {"workload-seed", KEY_WORKLOAD_SEED, "N", 0, "of the workloads (default: 1)", 2},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, "for one cell's work (default: 120)", 2},
    {0, 0, 0, 0, "Where:", 3},
    {"output", 'o', "DIR", 0,
     "where runs are kept (default: results); DIR/latest points to "
     "the newest",
     3},
    {"resume", KEY_RESUME, "RUN", OPTION_ARG_OPTIONAL,
     "measure what an interrupted run lacks (default: DIR/latest), failed cells again",
     3},
    {"no-plots", KEY_NO_PLOTS, 0, 0, "draw nothing", 3},
    {0},
};

static volatile int stop; /* set by the signal handler, read by the runner */

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static void add_custom(struct argp_state *state, const char *option, const char **list,
                       size_t *count, const char *text) {
    if (*count == REQUEST_CUSTOM_MAX)
        argp_error(state, "at most %d times --%s", REQUEST_CUSTOM_MAX, option);
    list[(*count)++] = text;
}

static error_t parse_where(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case KEY_BUDGET:
        a->budget_s = 60 * cmd_number(state, "budget", text, 0.01, 100000);
        return 0;
    case 'o':
        a->output = text;
        return 0;
    case KEY_RESUME:
        a->resume = text ? text : "";
        return 0;
    case KEY_NO_PLOTS:
        a->no_plots = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "what is \"%s\"? There are only options", text);
        return 0;
    case ARGP_KEY_END:
        if (a->resume && a->plans)
            argp_error(state,
                       "--resume goes on with the run's own plan: give it no option "
                       "but --output and --no-plots");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_how(int key, char *text, struct argp_state *state) {
    struct request *request = &((struct arguments *)state->input)->request;
    switch (key) {
    case KEY_SCALE:
        request->scale = cmd_number(state, "scale", text, 0.01, 100);
        return 0;
    case KEY_BUILDS:
        request->builds = (int)cmd_integer(state, "builds", text, 1, 1000);
        return 0;
    case KEY_ROUNDS:
        request->memory_rounds = request->timed_rounds =
            (int)cmd_integer(state, "rounds", text, 1, 1000);
        return 0;
    case KEY_MEMORY_ROUNDS:
        request->memory_rounds = (int)cmd_integer(state, "memory-rounds", text, 0, 1000);
        return 0;
    case KEY_TIMED_ROUNDS:
        request->timed_rounds = (int)cmd_integer(state, "timed-rounds", text, 0, 1000);
        return 0;
    case KEY_LATENCY_ROUNDS:
        request->latency_rounds =
            (int)cmd_integer(state, "latency-rounds", text, 0, 1000);
        return 0;
    case KEY_SYSCALL_ROUNDS:
        request->syscall_rounds =
            (int)cmd_integer(state, "syscall-rounds", text, 0, 1000);
        return 0;
    case KEY_INSTRUCTION_ROUNDS:
        request->instruction_rounds =
            (int)cmd_integer(state, "instruction-rounds", text, 0, 1000);
        return 0;
    case KEY_IDLE:
        request->idle_s = cmd_number(state, "idle", text, 0.05, 3600);
        return 0;
    case KEY_IDLE_LIMIT:
        request->idle_limit = (int)cmd_integer(state, "idle-limit", text, 1, 256);
        return 0;
    case KEY_MEMORY:
        request->memory = text;
        return 0;
    case KEY_NO_AGAIN:
        request->no_again = true;
        return 0;
    case KEY_SEED:
        request->seed = cmd_integer(state, "seed", text, 0, UINT64_MAX);
        request->has_seed = true;
        return 0;
    case KEY_WORKLOAD_SEED:
        request->workload_seed =
            cmd_integer(state, "workload-seed", text, 0, 1000000000000000);
        return 0;
    case KEY_TIMEOUT:
        request->timeout_s = (int)cmd_integer(state, "timeout", text, 1, 86400);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_shard(struct argp_state *state, const char *text,
                        struct request *request) {
    char end;
    int fields = sscanf(text, "%u/%u%c", &request->shard, &request->shards, &end);
    if (fields != 2 || request->shard < 1 || request->shard > request->shards ||
        request->shards > 1000)
        argp_error(state, "--shard takes I/N with 1 <= I <= N <= 1000, not \"%s\"", text);
}

static error_t parse_what(int key, char *text, struct argp_state *state) {
    struct request *request = &((struct arguments *)state->input)->request;
    switch (key) {
    case 'p':
        request->profile = text;
        return 0;
    case 'w':
        add_custom(state, "workload", request->custom_workloads,
                   &request->custom_workload_count, text);
        return 0;
    case 'a':
        add_custom(state, "allocator", request->custom_allocators,
                   &request->custom_allocator_count, text);
        return 0;
    case 't':
        request->threads = text;
        return 0;
    case KEY_WORKLOADS:
        request->workloads = text;
        return 0;
    case KEY_ALLOCATORS:
        request->allocators = text;
        return 0;
    case KEY_IDLE_DRIVERS:
        request->idle_drivers = text;
        return 0;
    case KEY_REFERENCE:
        request->reference = text;
        return 0;
    case KEY_SHARD:
        parse_shard(state, text, request);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    if (key == KEY_ROUNDS && strcmp(text, "auto") == 0) {
        a->auto_rounds = a->plans = true;
        return 0;
    }
    error_t known = parse_where(key, text, state);
    if (known != ARGP_ERR_UNKNOWN)
        return known;
    known = parse_what(key, text, state);
    if (known == ARGP_ERR_UNKNOWN)
        known = parse_how(key, text, state);
    if (known == 0)
        a->plans = true;
    return known;
}

/* ---- the run's folder ---- */

static int write_plan(const struct plan *plan, const char *folder, json_t **ret_file,
                      struct reason *reason) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/" RESULT_PLAN, folder);
    json_t *file = json_pack("{s:o, s:o}", "plan", plan_to_json(plan), "environment",
                             environment_fingerprint(plan));
    char *text = file ? json_dumps(file, JSON_INDENT(1)) : NULL;
    if (!text) {
        json_decref(file);
        reason_set(reason, "out of memory while writing %s", path);
        return -ENOMEM;
    }
    int error = file_replace(path, text, strlen(text), reason);
    free(text);
    if (error)
        json_decref(file);
    else
        *ret_file = file;
    return error;
}

/* Reads the plan of an interrupted run, and makes sure that going on makes one run of it.
 */
static int read_plan(struct plan *plan, const char *folder, json_t **ret_file,
                     struct reason *reason) {
    char path[PATH_MAX];
    json_error_t json_error;
    snprintf(path, sizeof path, "%s/" RESULT_PLAN, folder);
    json_t *file = json_load_file(path, 0, &json_error);
    if (!file) {
        reason_set(reason, "cannot resume %s: %s", folder, json_error.text);
        return -ENOENT;
    }
    int error = plan_from_json(json_object_get(file, "plan"), plan, reason);
    struct reason why = {""};
    json_t *now = error ? NULL : environment_fingerprint(plan);
    if (!error)
        error = environment_matches(json_object_get(file, "environment"), now, &why);
    for (size_t i = 0; !error && i < plan->variants.count; i++)
        if (plan->variants.at[i].status == VARIANT_OK && !plan_is_of_commands(plan))
            error = variant_check_library(&plan->variants.at[i], &why);
    if (error && why.text[0])
        reason_set(reason, "cannot resume %s: %.500s; start a new run", folder, why.text);
    json_decref(now);
    if (error)
        json_decref(file);
    else
        *ret_file = file;
    return error;
}

/* ---- running ---- */

static void warn_if_busy(void) {
    double load;
    if (getloadavg(&load, 1) == 1 && load > 0.5 * (double)sysconf(_SC_NPROCESSORS_ONLN))
        cmd_complain("warning: the machine is busy (load %.1f): times will be noisy; end "
                     "other programs, or take this run's times for a first look only",
                     load);
}

struct session {
    struct plan plan;
    char folder[PATH_MAX - 64];
    json_t *plan_file; /* {plan, environment} */
    struct journal journal;
    size_t total, recorded;
};

/* Measures what is missing; the journal gets this session's wall time at its end. */
static int measure(struct session *s, struct reason *reason) {
    struct progress progress;
    progress_begin(&progress, stderr);
    struct runner runner = {.plan = &s->plan,
                            .journal = &s->journal,
                            .progress = &progress,
                            .folder = s->folder,
                            .stop = &stop};
    uint64_t started = clock_now_ns();
    int error = runner_run(&runner, reason);
    progress_end(&progress);
    double wall_s = (double)(clock_now_ns() - started) / NS_PER_S;
    struct reason ignored; /* without it only the runner's own cost is not known */
    journal_append(&s->journal,
                   json_pack("{s:s, s:f}", "kind", "session", "wall_s", wall_s),
                   &ignored);
    runner_count(&s->plan, &s->journal, &s->total, &s->recorded);
    return error;
}

/* ---- --rounds=auto ---- */

/* More rounds, half as many again, of a kind that has not enough; at most `affordable`,
 * the share of what was measured so far that there is still time for. */
static bool add_rounds(const struct summary *summary, enum cell_kind kind,
                       double affordable, unsigned *rounds) {
    enum { MOST = 1000 };
    double more = floor(fmin(fmax(1, *rounds / 2), *rounds * affordable));
    if (*rounds == 0 || more < 1 || *rounds + more > MOST ||
        autorounds_enough(summary, kind))
        return false;
    *rounds += (unsigned)more;
    return true;
}

/* The plan with its new numbers of rounds, on disk before they begin. */
static int rewrite_plan(struct session *s, struct reason *reason) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/" RESULT_PLAN, s->folder);
    json_t *plan = json_object_get(s->plan_file, "plan");
    json_object_set_new(plan, "memory_rounds", json_integer(s->plan.memory_rounds));
    json_object_set_new(plan, "timed_rounds", json_integer(s->plan.timed_rounds));
    char *text = json_dumps(s->plan_file, JSON_INDENT(1));
    if (!text)
        return -ENOMEM;
    int error = file_replace(path, text, strlen(text), reason);
    free(text);
    return error;
}

/* Whether more rounds are wanted and there is time for one; they are in the plan then. */
static int want_more(struct session *s, double affordable, bool *ret_more,
                     struct reason *reason) {
    struct result result;
    struct summary summary;
    int error = result_load(&result, s->folder, reason);
    if (error)
        return error;
    error = summary_make(&summary, &result);
    if (!error) {
        bool memory =
            add_rounds(&summary, CELL_MEMORY, affordable, &s->plan.memory_rounds);
        bool timed = add_rounds(&summary, CELL_TIMED, affordable, &s->plan.timed_rounds);
        *ret_more = memory || timed;
        summary_finish(&summary);
    }
    result_finish(&result);
    return error || !*ret_more ? error : rewrite_plan(s, reason);
}

static int measure_more(struct session *s, double budget_s, struct reason *reason) {
    uint64_t started = clock_now_ns();
    int error = measure(s, reason);
    for (bool more = true; !error && more;) {
        double spent_s = (double)(clock_now_ns() - started) / NS_PER_S;
        error = want_more(s, budget_s / spent_s - 1, &more, reason);
        if (!error && more)
            error = measure(s, reason);
    }
    return error;
}

static int write_results(struct session *s, bool complete, bool plots) {
    struct reason reason;
    json_t *root = result_assemble(s->plan_file, s->journal.records, complete);
    int error = result_write(root, s->folder, &reason);
    json_decref(root);
    if (error) {
        cmd_complain("%s; the measurements are safe in %s/" RESULT_JOURNAL
                     ", and `tidemark report %s` reads them",
                     reason.text, s->folder, s->folder);
        return EXIT_MEASUREMENT;
    }
    struct result result;
    struct summary summary;
    int code = cmd_load(s->folder, &result, &summary);
    if (code != EXIT_FINE)
        return code;
    error = report_write(&summary, s->folder, &reason);
    if (!error && plots)
        error = plot_all(&summary, s->folder, &reason);
    report_terminal(&summary, stdout);
    if (error)
        cmd_complain("%s; the measurements are in %s", reason.text, s->folder);
    if (error || summary.failed || summary.missing)
        code = EXIT_MEASUREMENT;
    summary_finish(&summary);
    result_finish(&result);
    return code;
}

static int finish(struct session *s, const struct arguments *a, int error,
                  const struct reason *reason) {
    if (error) {
        cmd_complain(
            "%s; %zu of %zu measurements are recorded; `tidemark run --resume=%s` "
            "makes the others",
            error == -EINTR ? "interrupted" : reason->text, s->recorded, s->total,
            s->folder);
        return EXIT_MEASUREMENT;
    }
    int code = write_results(s, true, !a->no_plots);
    printf("\nreport: %s/" RESULT_REPORT "\n", s->folder);
    if (code != EXIT_FINE)
        cmd_complain("not everything went well: see the lines above");
    return code;
}

/*
 * Where memory is never cold, warm and cold are one condition, and the plan says so; with
 * cold alone there is nothing to measure.
 */
static int look_for_cold(struct plan *plan, struct reason *reason) {
    struct conditioning c;
    if (!plan->memory[MEMORY_COLD] || plan->timed_rounds + plan->latency_rounds == 0)
        return 0;
    int error = conditioning_begin(&c, &stop, reason);
    if (error)
        return error;
    bool found = conditioning_finds_cold(&c);
    conditioning_end(&c);
    if (stop) {
        reason_set(reason, "interrupted before the first measurement");
        return -EINTR;
    }
    if (!found && !plan->memory[MEMORY_WARM]) {
        reason_set(reason, "free memory of this machine is never cold: all that was "
                           "touched cost the same; measure with --memory=warm");
        return -ENOTSUP;
    }
    plan->memory_alike = !found;
    plan->memory[MEMORY_COLD] = found;
    return 0;
}

/* Sets up the session's plan, folder and plan file, anew or from an interrupted run. */
static int prepare(struct session *s, const struct arguments *a, struct reason *reason) {
    if (a->resume) {
        if (*a->resume)
            snprintf(s->folder, sizeof s->folder, "%s", a->resume);
        else
            snprintf(s->folder, sizeof s->folder, "%s/latest", a->output);
        return read_plan(&s->plan, s->folder, &s->plan_file, reason);
    }
    int error = 0;
    if (a->ready)
        s->plan = *a->ready;
    else
        error = request_make_plan(&a->request, &s->plan, reason);
    if (!error)
        error = look_for_cold(&s->plan, reason);
    if (!error)
        error = runfolder_make(a->output, s->plan.profile, s->folder, sizeof s->folder,
                               reason);
    if (!error)
        error = write_plan(&s->plan, s->folder, &s->plan_file, reason);
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

static int run(struct session *s, const struct arguments *a) {
    struct reason reason = {"out of memory"};
    if (!a->resume && !a->ready) {
        int code = cmd_read_allocators(&s->plan.variants);
        if (code != EXIT_FINE)
            return code;
    }
    int error = prepare(s, a, &reason);
    if (error) {
        cmd_complain("%s", reason.text);
        bool measurement = error == -ENOSPC || error == -EFBIG || error == -EDQUOT ||
                           error == -ENOMEM || error == -ENOTSUP || error == -EINTR;
        return measurement ? EXIT_MEASUREMENT : EXIT_USAGE;
    }
    error = open_journal(s, &reason);
    if (error) {
        json_decref(s->plan_file);
        cmd_complain("%s", reason.text);
        return EXIT_MEASUREMENT;
    }
    error = a->auto_rounds ? measure_more(s, a->budget_s, &reason) : measure(s, &reason);
    int code = finish(s, a, error, &reason);
    journal_close(&s->journal);
    json_decref(s->plan_file);
    return code;
}

static int measure_session(const struct arguments *arguments) {
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    warn_if_busy();
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return EXIT_MEASUREMENT;
    int code = run(session, arguments);
    free(session);
    return code;
}

int cmd_run_plan(const struct plan *plan, const char *output) {
    return measure_session(
        &(struct arguments){.output = output, .ready = plan, .no_plots = true});
}

int cmd_run(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        NULL,
        "Measure workloads under allocators: what is left after an idle period, and "
        "speed.\v"
        "Every finished cell is on disk before the next begins: a run that was "
        "interrupted "
        "loses nothing and goes on with --resume. Exit code 0: everything was measured; "
        "2: "
        "bad input; 3: a measurement failed or the run was interrupted.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {.output = "results",
                                  .budget_s = 1800,
                                  .request = {.profile = "default",
                                              .idle_drivers = "dead,collect",
                                              .threads = "4",
                                              .memory = "warm",
                                              .builds = -1,
                                              .memory_rounds = -1,
                                              .timed_rounds = -1,
                                              .idle_limit = -1,
                                              .timeout_s = -1,
                                              .workload_seed = 1}};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    return measure_session(&arguments);
}
