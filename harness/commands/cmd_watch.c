/*
 * tidemark watch: follows the memory of real programs. What it leaves is a run like any
 * other.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "measure.h"
#include "optiontable.h"
#include "plan.h"
#include "reason.h"
#include "record.h"
#include "request.h"
#include "schedule.h"
#include "signals.h"
#include "variant.h"
#include "watch.h"
#include "watchpool.h"
#include "watchsession.h"
#include "watchsubject.h"

enum { SCHEDULE_STREAM = 2, ROUNDS_TO_COMPARE = 6, ROUNDS_MAX = 250 };

struct arguments {
    struct words program; /* at NULL: none */
    struct watch_spec spec;
    struct watch_subjects subjects;
    struct plan plan; /* memory_rounds and idle_limit 0: not said */
    const char *label, *output;
    int pid;         /* 0: none */
    int reserve_mib; /* -1: not said */
    bool has_until, no_plots;
};

/* ---- options ---- */

static struct watch_spec *spec_of(const struct argp_state *state) {
    return &((struct arguments *)state->input)->spec;
}

static void compile(struct argp_state *state, const char *option, const char *text,
                    regex_t *ret) {
    int error = regcomp(ret, text, REG_EXTENDED | REG_NOSUB);
    char why[128];
    if (!error)
        return;
    regerror(error, ret, why, sizeof why);
    argp_error(state, "--%s: \"%s\" is not a regular expression: %s", option, text, why);
}

/* Adds a mark for "NAME=REST", and returns REST. */
static const char *begin_mark(struct argp_state *state, const char *option,
                              const char *text, struct watch_mark **ret) {
    struct watch_spec *spec = spec_of(state);
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (length == 0 || length >= WATCH_NAME_MAX)
        argp_error(
            state,
            "--%s takes NAME=... with a NAME of fewer than %d characters, not \"%s\"",
            option, WATCH_NAME_MAX, text);
    if (spec->mark_count == WATCH_MARKS_MAX)
        argp_error(state, "give at most %d checkpoints", WATCH_MARKS_MAX);
    struct watch_mark *mark = &spec->marks[spec->mark_count];
    *mark = (struct watch_mark){0};
    memcpy(mark->name, text, length);
    for (size_t i = 0; i < spec->mark_count; i++)
        if (strcmp(spec->marks[i].name, mark->name) == 0)
            argp_error(state, "two checkpoints are called %s", mark->name);
    char series[MEASURE_NAME_MAX];
    if (strcmp(mark->name, WATCH_END) == 0 || strcmp(mark->name, "peak") == 0 ||
        strncmp(mark->name, "idle@", 5) == 0 ||
        !measure_checkpoint_name(mark->name, series, sizeof series))
        argp_error(
            state,
            "a checkpoint cannot be called %s, since tidemark has one of that name",
            mark->name);
    spec->mark_count++;
    *ret = mark;
    return equals + 1;
}

/* Takes ascending seconds. 0 is the end of the work, at which memory is always read. */
static void take_idle(struct argp_state *state, const char *text) {
    struct watch_spec *spec = spec_of(state);
    char *list = strdup(text), *rest = list;
    spec->idle_count = 0;
    for (char *word; list && (word = strsep(&rest, ","));) {
        double seconds = cmd_number(state, "idle", word, 0, 86400);
        if (seconds == 0)
            continue;
        if (spec->idle_count == WATCH_IDLES_MAX)
            argp_error(state, "--idle takes at most %d times", WATCH_IDLES_MAX);
        if (spec->idle_count && seconds <= spec->idle_s[spec->idle_count - 1])
            argp_error(state, "--idle takes ascending seconds, not \"%s\"", text);
        spec->idle_s[spec->idle_count++] = seconds;
    }
    free(list);
}

static void set_until(struct argp_state *state, enum watch_until until) {
    struct arguments *a = state->input;
    if (a->has_until)
        argp_error(state,
                   "give only one of --until, --until-exit, --until-quiet and --drive");
    a->has_until = true;
    a->spec.until = until;
}

static void take_until(struct argp_state *state, const char *text) {
    set_until(state, WATCH_UNTIL_OUTPUT);
    compile(state, "until", text, &spec_of(state)->until_pattern);
    spec_of(state)->until_text = text;
}

static void take_until_exit(struct argp_state *state, const char *text) {
    (void)text;
    set_until(state, WATCH_UNTIL_EXIT);
}

static void take_until_quiet(struct argp_state *state, const char *text) {
    struct watch_spec *spec = spec_of(state);
    const char *comma = strchr(text, ',');
    char percent[32];
    set_until(state, WATCH_UNTIL_QUIET);
    if (!*text)
        return;
    if (!comma)
        argp_error(state, "--until-quiet takes PERCENT,SECONDS, not \"%s\"", text);
    snprintf(percent, sizeof percent, "%.*s", (int)(comma - text), text);
    spec->quiet_percent = cmd_number(state, "until-quiet", percent, 0.1, 1000);
    spec->quiet_s = cmd_number(state, "until-quiet", comma + 1, 0.5, 60);
}

static void take_drive(struct argp_state *state, const char *text) {
    set_until(state, WATCH_UNTIL_DRIVEN);
    spec_of(state)->driver = text;
}

static void take_ready(struct argp_state *state, const char *text) {
    compile(state, "ready", text, &spec_of(state)->ready_pattern);
    spec_of(state)->ready_text = text;
}

static void take_checkpoint(struct argp_state *state, const char *text) {
    struct watch_mark *mark;
    const char *pattern = begin_mark(state, "checkpoint", text, &mark);
    compile(state, "checkpoint", pattern, &mark->pattern);
}

static void take_at(struct argp_state *state, const char *text) {
    struct watch_mark *mark;
    const char *seconds = begin_mark(state, "at", text, &mark);
    mark->by_time = true;
    mark->at_s = cmd_number(state, "at", seconds, 0, 86400);
}

static void take_preload(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    static struct variant_list variants;
    struct reason reason;
    if (!variants.count && cmd_read_allocators(&variants, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    if (watchsubject_add_preload(&a->subjects, &variants, text, &reason) < 0)
        argp_error(state, "--preload: %s", reason.text);
}

static void take_command(struct argp_state *state, const char *text) {
    struct reason reason;
    if (watchsubject_add_command(&((struct arguments *)state->input)->subjects, text,
                                 &reason) < 0)
        argp_error(state, "--command: %s", reason.text);
}

static void take_sweep(struct argp_state *state, const char *text) {
    struct reason reason;
    if (watchsubject_add_sweep(&((struct arguments *)state->input)->subjects, text,
                               &reason) < 0)
        argp_error(state, "--sweep: %s", reason.text);
}

static void take_shard(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    cmd_shard(state, text, &a->plan.shard, &a->plan.shards);
}

enum { WHAT = 1, WHEN, WHERE }; /* groups */

static const struct option_row option_rows[] = {
    TITLE(WHAT, "What to watch:"),
    CALL(WHAT, 0, "command", "LABEL=COMMAND", take_command,
         "watch a shell command; may be repeated, and the programs are compared"),
    INTEGER(WHAT, 0, "pid", "PID", pid, 1, INT_MAX,
            "watch a process that already runs; watch does not end it"),
    TEXT(WHAT, 0, "label", "NAME", label,
         "name of CMD in the report (default: the program's name)"),
    CALL(WHAT, 0, "sweep", "VAR=V1,V2,...", take_sweep,
         "also watch with the variable set to each of these (\\, is a comma in a value); "
         "may be repeated"),
    CALL(WHAT, 0, "preload", "NAME[,ENV=VALUE...]", take_preload,
         "also watch with this allocator preloaded: one of `tidemark list allocators`, "
         "or the path of a library; may be repeated"),
    INTEGER(WHAT, 0, "rounds", "N", plan.memory_rounds, 1, ROUNDS_MAX,
            "number of rounds, each in random order (default: 1, or 6 if there is "
            "something to compare)"),
    SEED(WHAT, 0, "seed", plan.seed,
         "seed of the order within rounds (default: random, recorded)"),
    CALL(WHAT, 0, "shard", "I/N", take_shard,
         "watch only the I-th of N parts of the programs; `tidemark merge` puts the "
         "parts together"),
    TITLE(WHEN, "When the work ends, and when to read the memory:"),
    CALL(WHEN, 0, "until", "REGEX", take_until,
         "the work ends when a line of output matches (extended regular expression)"),
    CALL(WHEN, 0, "until-exit", NULL, take_until_exit,
         "the work ends when the last process ends (default without --idle)"),
    {WHEN, OPTION_CALL, 0, "until-quiet", "PERCENT,SECONDS",
     "the work ends when the tree used less than PERCENT of a core over SECONDS "
     "(default: 5,3; the default with --idle)",
     0, 0, 0, take_until_quiet, OPTION_ARG_OPTIONAL},
    CALL(WHEN, 0, "idle", "LIST", take_idle,
         "read the memory at these seconds after the end of the work, such as "
         "0,90,180,270,360"),
    CALL(WHEN, 0, "checkpoint", "NAME=REGEX", take_checkpoint,
         "read the memory when a line of output first matches; may be repeated"),
    CALL(WHEN, 0, "at", "NAME=SECONDS", take_at,
         "read the memory this long after the start; may be repeated"),
    CALL(WHEN, 0, "drive", "COMMAND", take_drive,
         "a shell command that uses the program; its own memory is not counted, and the "
         "work ends when it ends"),
    CALL(WHEN, 0, "ready", "REGEX", take_ready,
         "start the drive command when a line of output matches"),
    INTEGER(WHEN, 0, "interval", "MS", spec.interval_ms, 10, 60000,
            "time between samples (default: 250)"),
    NUMBER(WHEN, 0, "timeout", "SECONDS", spec.timeout_s, 0.1, 864000,
           "time limit of the work (default: 3600)"),
    INTEGER(WHEN, 0, "idle-limit", "N", plan.idle_limit, 1, WATCHPOOL_LIMIT_MAX,
            "programs at once, of which all but one are idle (default: 16; 1 with a "
            "--drive that does not use $" WATCH_PORT "; 1: idle periods do not overlap)"),
    INTEGER(WHEN, 0, "reserve", "MIB", reserve_mib, 0, INT_MAX,
            "memory that stays available; without it the next program waits (default: an "
            "eighth of all, at most 2048)"),
    TITLE(WHERE, "Where:"),
    TEXT(WHERE, 'o', "output", "DIR", output,
         "where runs are kept (default: results); DIR/latest-watch points to the newest"),
    FLAG(WHERE, 0, "hide-output", spec.hide_output,
         "do not show what the program prints"),
    FLAG(WHERE, 0, "no-plots", no_plots, "draw nothing"),
};

/*
 * A driver connects to its program's port. If it does not take the port from
 * $TIDEMARK_PORT, it may reach the idle program of an earlier round instead. So idle
 * periods must not overlap then.
 */
static unsigned default_idle_limit(const struct arguments *a) {
    const struct watch_spec *spec = &a->spec;
    bool many = a->subjects.count * a->plan.memory_rounds > 1;
    if (!spec->driver || strstr(spec->driver, WATCH_PORT))
        return WATCHPOOL_LIMIT;
    if (many && spec->idle_count)
        cmd_complain("idle periods do not overlap, as --drive may go to a fixed port; to "
                     "save time use $" WATCH_PORT
                     " in the program and in --drive, or say "
                     "--idle-limit=%d",
                     WATCHPOOL_LIMIT);
    return 1;
}

/* Checks options that need each other, and sets defaults that depend on other options. */
static void check(struct argp_state *state) {
    struct arguments *a = state->input;
    struct watch_subjects *subjects = &a->subjects;
    struct watch_spec *spec = &a->spec;
    struct reason reason;
    if (a->program.at &&
        watchsubject_add_program(subjects, a->label, a->program.at, &reason) < 0)
        argp_error(state, "%s", reason.text);
    if (!a->pid == (subjects->program_count == 0))
        argp_error(state, "say what to watch: either -- CMD..., --command or --pid");
    if (a->pid &&
        (subjects->setting_count || spec->ready_text || a->plan.memory_rounds > 1))
        argp_error(state, "--pid watches a running process once: leave out --sweep, "
                          "--preload, --ready and --rounds");
    if (a->pid && spec->until == WATCH_UNTIL_OUTPUT)
        argp_error(state, "--until needs the program's output, which --pid cannot read; "
                          "use --until-quiet");
    for (size_t i = 0; a->pid && i < spec->mark_count; i++)
        if (!spec->marks[i].by_time)
            argp_error(state, "--checkpoint needs the program's output, which --pid "
                              "cannot read; use --at");
    if (!a->has_until && spec->idle_count)
        spec->until = a->pid ? WATCH_UNTIL_NOW : WATCH_UNTIL_QUIET;
    if (spec->until == WATCH_UNTIL_EXIT && spec->idle_count)
        argp_error(state,
                   "--until-exit leaves no process that could be idle: leave out --idle");
    if (spec->ready_text && !spec->driver)
        argp_error(state,
                   "--ready says when the drive command begins: also give --drive");
    if (!a->plan.memory_rounds)
        a->plan.memory_rounds = subjects->setting_count || subjects->program_count > 1
                                    ? ROUNDS_TO_COMPARE
                                    : 1;
}

/* ---- the run ---- */

struct progress_of_all {
    struct watch_session *session;
    const volatile int *stop;
    size_t started, count;
    bool told_of_sharing;
};

static void on_start(void *context, const struct watch_job *job) {
    struct progress_of_all *all = context;
    if (all->count > 1)
        cmd_complain("[%zu/%zu] %s, %s", ++all->started, all->count,
                     job->subject->cell.workload->name, job->subject->cell.variant->name);
}

/* Complains. A program that failed while others were idle may have failed because they
 * share something. */
static void tell_of_failure(struct progress_of_all *all, const struct watch_job *job,
                            const json_t *record) {
    cmd_complain("%s, %s: %s: %s", job->subject->cell.workload->name,
                 job->subject->cell.variant->name, record_text(record, "fault"),
                 record_text(record, "reason"));
    const json_t *overlap = json_object_get(record, "overlap");
    double programs = json_number_value(json_object_get(overlap, "programs"));
    if (programs > 1 && !*all->stop && !all->told_of_sharing) {
        cmd_complain(
            "other rounds were idle meanwhile; if they share a port, a file or a "
            "lock, use $" WATCH_PORT ", or --idle-limit=1");
        all->told_of_sharing = true;
    }
}

static void tell_of_unreached(const struct watch_job *job, const json_t *record) {
    const json_t *list = json_object_get(record, "unreached");
    for (size_t i = 0; i < json_array_size(list); i++)
        cmd_complain("%s, %s: the checkpoint \"%s\" was not reached: check its "
                     "--checkpoint or --at",
                     job->subject->cell.workload->name, job->subject->cell.variant->name,
                     json_string_value(json_array_get(list, i)));
}

static int on_record(void *context, const struct watch_job *job, json_t *record,
                     struct reason *reason) {
    struct progress_of_all *all = context;
    tell_of_unreached(job, record);
    if (!record_is_ok(record))
        tell_of_failure(all, job, record);
    return journal_append(&all->session->journal, record, reason);
}

/* Lists this shard's jobs. In each round, every subject comes once, in a random order. */
static size_t list_jobs(const struct arguments *a, struct watch_job *jobs) {
    size_t count = a->subjects.count, order[WATCH_SUBJECTS_MAX], listed = 0;
    for (unsigned round = 1; round <= a->plan.memory_rounds; round++) {
        schedule_order(a->plan.seed, SCHEDULE_STREAM, round, count, order);
        for (size_t i = 0; i < count; i++) {
            const struct watch_subject *subject = &a->subjects.at[order[i]];
            if (!plan_is_elsewhere(&a->plan, &subject->cell))
                jobs[listed++] = (struct watch_job){&a->spec, subject, round, true};
        }
    }
    return listed;
}

static int watch_all(const struct arguments *a, struct watch_session *session,
                     const volatile int *stop) {
    static struct watch_job jobs[ROUNDS_MAX * WATCH_SUBJECTS_MAX];
    struct reason reason;
    struct progress_of_all all = {
        .session = session, .stop = stop, .count = list_jobs(a, jobs)};
    struct watch_pool pool = {.idle_limit = a->plan.idle_limit,
                              .reserve = a->reserve_mib < 0
                                             ? watchpool_reserve()
                                             : (uint64_t)a->reserve_mib << 20,
                              .context = &all,
                              .starts = on_start,
                              .takes = on_record};
    int error = watchpool_run(&pool, jobs, all.count, all.stop, &reason);
    if (error && error != -EINTR)
        cmd_complain("%s", reason.text);
    return error;
}

static int run(const struct arguments *a) {
    struct watch_session session;
    struct reason reason;
    const volatile int *stop = signals_heed(true);
    int error =
        watchsession_begin(&session, &a->plan, a->output, "latest-watch", &reason);
    if (error)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    int unwatched = watch_all(a, &session, stop);
    error = watchsession_write(&session, !unwatched, &reason);
    if (error)
        cmd_complain("%s; the measurements are in %s", reason.text, session.folder);
    signals_stop_heeding();
    int code = cmd_tell(cmd_load(session.folder), session.folder, !a->no_plots);
    if (unwatched == -EINTR)
        cmd_complain("interrupted; what was measured until then is kept");
    return error || unwatched ? EXIT_MEASUREMENT : code;
}

/* Completes the plan and its subjects. With --pid, the program has no command. */
static void prepare(struct arguments *a) {
    struct reason reason;
    int error = 0;
    if (a->pid)
        error = watchsubject_add_program(&a->subjects, a->label ? a->label : "pid", NULL,
                                         &reason);
    if (!error)
        error = watchsubject_combine(&a->subjects, &a->spec, &a->plan, &reason);
    if (error)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    a->subjects.at[0].pid = a->pid;
    if (!a->plan.idle_limit)
        a->plan.idle_limit = default_idle_limit(a);
}

int cmd_watch(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .most = INT_MAX,
        .check = check,
        .flags = ARGP_IN_ORDER,
        .usage = "-- CMD...",
        .doc =
            "Follow the memory of a program and all its processes, and say whose memory "
            "it is.\vwatch samples the processes from outside; it does not change the "
            "program. It ends the processes that it started at the last checkpoint, or "
            "on Ctrl-C, and then keeps what was measured. Exit code 0: everything was "
            "measured; 2: bad input; 3: a program failed or ended too early, or the "
            "watcher was interrupted. docs/watch.md describes the method."};
    static struct arguments a; /* too large to be initialized in the program's file */
    a.output = "results";
    a.reserve_mib = -1;
    a.spec.interval_ms = 250;
    a.spec.quiet_percent = 5;
    a.spec.quiet_s = 3;
    a.spec.timeout_s = 3600;
    watchsession_plan(&a.plan, "watch", 0);
    optiontable_parse(&table, argc, argv, &a);
    prepare(&a);
    return run(&a);
}
