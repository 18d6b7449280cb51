/*
 * tidemark watch: follows the memory of real programs, one after another, and writes
 * results.json, report.md and the plots.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cmd.h"
#include "environment.h"
#include "file.h"
#include "journal.h"
#include "plan.h"
#include "reason.h"
#include "result.h"
#include "runfolder.h"
#include "schedule.h"
#include "variant.h"
#include "watch.h"
#include "watchplot.h"
#include "watchreport.h"
#include "watchsubject.h"
#include "watchsummary.h"

#define SCHEMA "tidemark-watch"
enum { SCHEMA_VERSION = 1, SCHEDULE_STREAM = 2, ROUNDS_TO_COMPARE = 6 };

enum option_key {
    KEY_IDLE = 0x100,
    KEY_UNTIL,
    KEY_UNTIL_EXIT,
    KEY_UNTIL_QUIET,
    KEY_CHECKPOINT,
    KEY_AT,
    KEY_DRIVE,
    KEY_READY,
    KEY_PID,
    KEY_LABEL,
    KEY_COMMAND,
    KEY_REPEAT,
    KEY_SWEEP,
    KEY_PRELOAD,
    KEY_INTERVAL,
    KEY_TIMEOUT,
    KEY_HIDE_OUTPUT,
    KEY_SEED,
    KEY_NO_PLOTS,
    KEY_REPORT,
};

struct arguments {
    struct watch_spec spec;
    struct watch_subjects *subjects;
    struct variant_list *variants; /* read when the first --preload comes */
    const char *label, *output, *report;
    char **argv;
    pid_t pid;
    unsigned rounds; /* 0: not said */
    uint64_t seed;
    bool has_until, no_plots;
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "What to watch:", 1},
    {"command", KEY_COMMAND, "LABEL=COMMAND", 0,
     "a shell command; may be repeated, and the programs are compared", 1},
    {"pid", KEY_PID, "PID", 0, "a process that runs already; it is left alone at the end",
     1},
    {"label", KEY_LABEL, "NAME", 0, "what CMD is called (default: its name)", 1},
    {"sweep", KEY_SWEEP, "VAR=V1,V2,...", 0,
     "also with the variable set to each of these (\\, is a comma in a value); may be "
     "repeated",
     1},
    {"preload", KEY_PRELOAD, "NAME[,ENV=VALUE...]", 0,
     "also with this allocator preloaded: one of `tidemark list allocators`, or the path "
     "of a library; may be repeated",
     1},
    {"repeat", KEY_REPEAT, "N", 0,
     "rounds (default: 1, or 6 where there is something to compare); their order is "
     "random",
     1},
    {"seed", KEY_SEED, "N", 0, "of that order (default: random, recorded)", 1},
    {0, 0, 0, 0, "When to look closely:", 2},
    {"until", KEY_UNTIL, "REGEX", 0,
     "the work ends when a line of output matches (extended regular expression)", 2},
    {"until-exit", KEY_UNTIL_EXIT, 0, 0,
     "the work ends with the last process (default without --idle)", 2},
    {"until-quiet", KEY_UNTIL_QUIET, "PERCENT,SECONDS", OPTION_ARG_OPTIONAL,
     "the work ends when the tree used less than PERCENT of a core over SECONDS "
     "(default: "
     "5,3; the default with --idle)",
     2},
    {"idle", KEY_IDLE, "LIST", 0,
     "seconds after the end of the work at which to look, such as 0,90,180,270,360", 2},
    {"checkpoint", KEY_CHECKPOINT, "NAME=REGEX", 0,
     "also look when a line of output first matches; may be repeated", 2},
    {"at", KEY_AT, "NAME=SECONDS", 0,
     "also look so long after the start; may be repeated", 2},
    {"drive", KEY_DRIVE, "COMMAND", 0,
     "a shell command that uses the program and is not counted; the work ends with it",
     2},
    {"ready", KEY_READY, "REGEX", 0, "start the driver when a line of output matches", 2},
    {"interval", KEY_INTERVAL, "MS", 0, "between samples (default: 250)", 2},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, "for the work (default: 3600)", 2},
    {0, 0, 0, 0, "Where:", 3},
    {"output", 'o', "DIR", 0,
     "where runs are kept (default: results); DIR/latest-watch points to the newest", 3},
    {"hide-output", KEY_HIDE_OUTPUT, 0, 0, "do not show what the program prints", 3},
    {"no-plots", KEY_NO_PLOTS, 0, 0, "draw nothing", 3},
    {"report", KEY_REPORT, "RUN", 0,
     "watch nothing: print the tables of a run's folder and write its report.md again",
     3},
    {0},
};

static volatile int stop; /* set by the signal handler, read by the watcher */

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static void on_child(int number) {
    (void)number; /* only to end poll() early, so that an end is seen soon */
}

/* ---- options ---- */

static void compile(struct argp_state *state, const char *option, const char *text,
                    regex_t *ret) {
    int error = regcomp(ret, text, REG_EXTENDED | REG_NOSUB);
    char why[128];
    if (!error)
        return;
    regerror(error, ret, why, sizeof why);
    argp_error(state, "--%s: \"%s\" is no regular expression: %s", option, text, why);
}

/* "NAME=REST" into the next mark; returns the rest. */
static const char *begin_mark(struct argp_state *state, const char *option,
                              const char *text, struct watch_mark **ret) {
    struct watch_spec *spec = &((struct arguments *)state->input)->spec;
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (length == 0 || length >= WATCH_NAME_MAX)
        argp_error(state,
                   "--%s takes NAME=... with a NAME below %d characters, not \"%s\"",
                   option, WATCH_NAME_MAX, text);
    if (spec->mark_count == WATCH_MARKS_MAX)
        argp_error(state, "at most %d checkpoints", WATCH_MARKS_MAX);
    struct watch_mark *mark = &spec->marks[spec->mark_count];
    *mark = (struct watch_mark){0};
    memcpy(mark->name, text, length);
    for (size_t i = 0; i < spec->mark_count; i++)
        if (strcmp(spec->marks[i].name, mark->name) == 0)
            argp_error(state, "two checkpoints are called %s", mark->name);
    if (strcmp(mark->name, WATCH_END) == 0 || strcmp(mark->name, WATCH_PEAK) == 0 ||
        strncmp(mark->name, "idle@", 5) == 0)
        argp_error(state,
                   "a checkpoint cannot be called %s: that is one of tidemark's own",
                   mark->name);
    spec->mark_count++;
    *ret = mark;
    return equals + 1;
}

/* Ascending seconds; 0 is the end of the work, which is always looked at. */
static void parse_idle(struct argp_state *state, const char *text) {
    struct watch_spec *spec = &((struct arguments *)state->input)->spec;
    char *list = strdup(text), *rest = list;
    spec->idle_count = 0;
    for (char *word; list && (word = strsep(&rest, ","));) {
        double seconds = cmd_number(state, "idle", word, 0, 86400);
        if (seconds == 0)
            continue;
        if (spec->idle_count == WATCH_IDLES_MAX)
            argp_error(state, "--idle takes at most %d instants", WATCH_IDLES_MAX);
        if (spec->idle_count && seconds <= spec->idle_s[spec->idle_count - 1])
            argp_error(state, "--idle takes ascending seconds, not \"%s\"", text);
        spec->idle_s[spec->idle_count++] = seconds;
    }
    free(list);
}

static void parse_quiet(struct argp_state *state, const char *text) {
    struct watch_spec *spec = &((struct arguments *)state->input)->spec;
    const char *comma = strchr(text, ',');
    char percent[32];
    if (!comma)
        argp_error(state, "--until-quiet takes PERCENT,SECONDS, not \"%s\"", text);
    snprintf(percent, sizeof percent, "%.*s", (int)(comma - text), text);
    spec->quiet_percent = cmd_number(state, "until-quiet", percent, 0.1, 1000);
    spec->quiet_s = cmd_number(state, "until-quiet", comma + 1, 0.5, 60);
}

static void set_until(struct argp_state *state, enum watch_until until) {
    struct arguments *a = state->input;
    if (a->has_until)
        argp_error(state, "only one of --until, --until-exit, --until-quiet and --drive");
    a->has_until = true;
    a->spec.until = until;
}

static error_t parse_when(int key, char *text, struct argp_state *state) {
    struct watch_spec *spec = &((struct arguments *)state->input)->spec;
    struct watch_mark *mark;
    switch (key) {
    case KEY_UNTIL:
        set_until(state, WATCH_UNTIL_OUTPUT);
        compile(state, "until", text, &spec->until_pattern);
        return 0;
    case KEY_UNTIL_EXIT:
        set_until(state, WATCH_UNTIL_EXIT);
        return 0;
    case KEY_UNTIL_QUIET:
        set_until(state, WATCH_UNTIL_QUIET);
        if (text)
            parse_quiet(state, text);
        return 0;
    case KEY_DRIVE:
        set_until(state, WATCH_UNTIL_DRIVEN);
        spec->driver = text;
        return 0;
    case KEY_READY:
        compile(state, "ready", text, &spec->ready_pattern);
        spec->has_ready = true;
        return 0;
    case KEY_IDLE:
        parse_idle(state, text);
        return 0;
    case KEY_CHECKPOINT:
        text = (char *)begin_mark(state, "checkpoint", text, &mark);
        compile(state, "checkpoint", text, &mark->pattern);
        return 0;
    case KEY_AT:
        text = (char *)begin_mark(state, "at", text, &mark);
        mark->by_time = true;
        mark->at_s = cmd_number(state, "at", text, 0, 86400);
        return 0;
    case KEY_INTERVAL:
        spec->interval_ms = (unsigned)cmd_integer(state, "interval", text, 10, 60000);
        return 0;
    case KEY_TIMEOUT:
        spec->timeout_s = cmd_number(state, "timeout", text, 0.1, 864000);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void add_preload(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    struct reason reason;
    if (!a->variants) {
        a->variants = calloc(1, sizeof *a->variants);
        if (!a->variants || cmd_read_allocators(a->variants) != EXIT_FINE)
            exit(EXIT_USAGE);
    }
    if (watchsubject_add_preload(a->subjects, a->variants, text, &reason) < 0)
        argp_error(state, "--preload: %s", reason.text);
}

static error_t parse_what(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    struct reason reason;
    switch (key) {
    case KEY_COMMAND:
        if (watchsubject_add_command(a->subjects, text, &reason) < 0)
            argp_error(state, "--command: %s", reason.text);
        return 0;
    case KEY_PID:
        a->pid = (pid_t)cmd_integer(state, "pid", text, 1, INT_MAX);
        return 0;
    case KEY_LABEL:
        a->label = text;
        return 0;
    case KEY_SWEEP:
        if (watchsubject_add_sweep(a->subjects, text, &reason) < 0)
            argp_error(state, "--sweep: %s", reason.text);
        return 0;
    case KEY_PRELOAD:
        add_preload(state, text);
        return 0;
    case KEY_REPEAT:
        a->rounds = (unsigned)cmd_integer(state, "repeat", text, 1, 250);
        return 0;
    case KEY_SEED:
        a->seed = cmd_integer(state, "seed", text, 0, UINT64_MAX);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* What only makes sense together, and the defaults that hang on others. */
static void check(struct argp_state *state) {
    struct arguments *a = state->input;
    struct watch_subjects *subjects = a->subjects;
    struct watch_spec *spec = &a->spec;
    struct reason reason;
    if (a->argv && watchsubject_add_program(subjects, a->label, a->argv, &reason) < 0)
        argp_error(state, "%s", reason.text);
    if (a->report && (a->pid || subjects->program_count))
        argp_error(state, "--report watches nothing: give it no program");
    if (a->report)
        return;
    if (!a->pid == (subjects->program_count == 0))
        argp_error(state, "say what to watch: either -- CMD..., --command or --pid");
    if (a->pid && (subjects->setting_count || spec->has_ready || a->rounds > 1))
        argp_error(state, "--pid watches what runs already, once: no --sweep, --preload, "
                          "--ready or --repeat");
    if (a->pid && spec->until == WATCH_UNTIL_OUTPUT)
        argp_error(state, "--until reads the output, which a process of --pid does not "
                          "show; use --until-quiet");
    if (!a->has_until && spec->idle_count)
        spec->until = a->pid ? WATCH_UNTIL_NOW : WATCH_UNTIL_QUIET;
    if (spec->until == WATCH_UNTIL_EXIT && spec->idle_count)
        argp_error(state, "--until-exit leaves no process that could be idle: no --idle");
    if (spec->has_ready && !spec->driver)
        argp_error(state, "--ready says when the driver begins: give --drive, too");
    if (!a->rounds)
        a->rounds = subjects->setting_count || subjects->program_count > 1
                        ? ROUNDS_TO_COMPARE
                        : 1;
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case 'o':
        a->output = text;
        return 0;
    case KEY_HIDE_OUTPUT:
        a->spec.hide_output = true;
        return 0;
    case KEY_NO_PLOTS:
        a->no_plots = true;
        return 0;
    case KEY_REPORT:
        a->report = text;
        return 0;
    case ARGP_KEY_ARG:
        a->argv = cmd_program(state);
        return 0;
    case ARGP_KEY_SUCCESS:
        check(state);
        return 0;
    default: {
        error_t known = parse_when(key, text, state);
        return known == ARGP_ERR_UNKNOWN ? parse_what(key, text, state) : known;
    }
    }
}

/* ---- the run ---- */

struct session {
    const struct arguments *arguments;
    char folder[PATH_MAX - 64];
    struct journal journal;
    json_t *environment;
};

static int watch_one(struct session *s, size_t index, unsigned round) {
    const struct arguments *a = s->arguments;
    const struct watch_subject *subject = &a->subjects->at[index];
    struct reason reason = {""};
    json_t *record;
    if (watch_run(&a->spec, subject, round, &stop, &record, &reason) < 0) {
        cmd_complain("%s", reason.text);
        return -EIO;
    }
    json_object_set_new(record, "subject", json_integer((json_int_t)index));
    const char *fault = json_string_value(json_object_get(record, "fault")),
               *why = json_string_value(json_object_get(record, "reason"));
    if (fault)
        cmd_complain("%s, %s: %s: %s", subject->label, subject->setting, fault,
                     why ? why : "");
    int error = journal_append(&s->journal, record, &reason);
    if (error)
        cmd_complain("%s", reason.text);
    return error;
}

/* Rounds in which every subject comes once, in an order of its own. */
static int watch_all(struct session *s) {
    const struct arguments *a = s->arguments;
    size_t count = a->subjects->count, order[WATCH_SUBJECTS_MAX], done = 0;
    for (unsigned round = 1; round <= a->rounds; round++) {
        schedule_order(a->seed, SCHEDULE_STREAM, round, count, order);
        for (size_t i = 0; i < count; i++) {
            const struct watch_subject *subject = &a->subjects->at[order[i]];
            if (count * a->rounds > 1)
                cmd_complain("[%zu/%zu] %s, %s", ++done, count * a->rounds,
                             subject->label, subject->setting);
            int error = watch_one(s, order[i], round);
            if (error || stop)
                return error ? error : -EINTR;
        }
    }
    return 0;
}

static int write_results(const struct session *s, bool complete, struct reason *reason) {
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->arguments->seed);
    json_t *root = json_pack(
        "{s:s, s:i, s:b, s:s, s:i, s:O, s:o, s:O}", "schema", SCHEMA, "schema_version",
        SCHEMA_VERSION, "complete", complete, "seed", seed, "rounds",
        (int)s->arguments->rounds, "environment", s->environment, "plan",
        watchspec_to_json(&s->arguments->spec), "records", s->journal.records);
    int error = result_write(root, s->folder, reason);
    json_decref(root);
    return error;
}

static int finish(const struct session *s, bool complete) {
    struct watch_summary *summary = malloc(sizeof *summary);
    struct reason reason = {"out of memory"};
    int error = summary ? write_results(s, complete, &reason) : -ENOMEM;
    if (!error)
        error = watchsummary_make(s->journal.records, summary);
    if (!error)
        error = watchreport_write(summary, s->environment, s->folder, &reason);
    if (!error && !s->arguments->no_plots)
        error = watchplot_all(summary, s->folder, &reason);
    if (summary)
        watchreport_terminal(summary, stdout);
    if (error)
        cmd_complain("%s; the measurements are in %s", reason.text, s->folder);
    if (!complete)
        cmd_complain("interrupted: this is what had been measured by then");
    printf("\nreport: %s/" RESULT_REPORT "\n", s->folder);
    int code = error || !complete || summary->failed ? EXIT_MEASUREMENT : EXIT_FINE;
    free(summary);
    return code;
}

static int run(const struct arguments *a) {
    struct session s = {.arguments = a};
    struct reason reason;
    char path[PATH_MAX];
    int error = runfolder_make(a->output, "watch", s.folder, sizeof s.folder, &reason);
    snprintf(path, sizeof path, "%s/" RESULT_JOURNAL, s.folder);
    if (!error)
        error = journal_open(&s.journal, path, &reason);
    struct plan *no_plan = error ? NULL : calloc(1, sizeof *no_plan);
    if (error) {
        cmd_complain("%s", reason.text);
        return EXIT_MEASUREMENT;
    }
    s.environment = no_plan ? environment_fingerprint(no_plan) : NULL;
    free(no_plan);
    runfolder_point(a->output, "latest-watch", s.folder);
    error = watch_all(&s);
    int code = finish(&s, error == 0);
    journal_close(&s.journal);
    json_decref(s.environment);
    return code;
}

static int prepare(struct arguments *a) {
    struct reason reason;
    if (a->pid) {
        a->subjects->at[0] = (struct watch_subject){
            .label = a->label ? a->label : "pid", .setting = WATCH_AS_IS, .pid = a->pid};
        a->subjects->count = 1;
    } else if (watchsubject_combine(a->subjects, &reason) < 0) {
        cmd_complain("%s", reason.text);
        return EXIT_USAGE;
    }
    return EXIT_FINE;
}

static void catch_signals(void) {
    struct sigaction end = {.sa_handler = on_signal},
                     child = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
    sigaction(SIGCHLD, &child, NULL);
}

int cmd_watch(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        "-- CMD...",
        "Follow the memory of a program and all its processes, and say whose it is.\v"
        "Processes are sampled from outside; the program is not changed. What it started "
        "is ended at the last checkpoint, and also on Ctrl-C, which keeps what was "
        "measured. Exit code 0: all was measured; 2: bad input; 3: a program failed or "
        "ended too early, or the watcher was interrupted. docs/watch.md has the method.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {
        .output = "results",
        .subjects = calloc(1, sizeof *a.subjects),
        .spec = {
            .quiet_percent = 5, .quiet_s = 3, .interval_ms = 250, .timeout_s = 3600}};
    if (!a.subjects || getrandom(&a.seed, sizeof a.seed, 0) != sizeof a.seed)
        return EXIT_MEASUREMENT;
    a.seed >>= 12; /* recorded as a number that every reader of JSON keeps */
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &a);
    int code = prepare(&a);
    catch_signals();
    if (code == EXIT_FINE)
        code = run(&a);
    watchspec_finish(&a.spec);
    watchsubject_finish(a.subjects);
    free(a.subjects);
    free(a.variants);
    return code;
}
