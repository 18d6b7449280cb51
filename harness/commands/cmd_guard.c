/*
 * tidemark guard: watches the scenarios of a repository's tidemark.json, and judges them
 * by its baseline and bounds, or compares two of its commits.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "autorounds.h"
#include "clock.h"
#include "cmd.h"
#include "file.h"
#include "form.h"
#include "guardcollect.h"
#include "guardcomment.h"
#include "guardfile.h"
#include "guardtrees.h"
#include "guardverdict.h"
#include "optiontable.h"
#include "reason.h"
#include "record.h"
#include "result.h"
#include "runfigures.h"
#include "runfolder.h"
#include "signals.h"
#include "summary.h"
#include "watchpool.h"
#include "watchsession.h"

#define OUTPUT ".tidemark"
#define LINK "latest-guard"
#define HERE "here" /* the variant's name if only one side is measured */
#define COMMENT "comment.md"

enum { GUARD_ROUNDS_MAX = 200 };

enum { ACTION_INIT, ACTION_RUN, ACTION_COMPARE }; /* indexes of `actions` */

struct arguments {
    struct words commits; /* to compare */
    const char *file, *output, *trees;
    const char *resume; /* NULL: a new run; empty: the newest */
    const char *name, *command, *ready, *drive, *idle, *setup, *collect; /* init */
    double budget_minutes;
    bool with_setup, markdown, show_output, force;
};

enum { MEASURING = 1, INIT };

static const struct option_row option_rows[] = {
    TEXT(0, 'f', "file", "FILE", file,
         "the file of the scenarios (default: " GUARD_FILE
         "); everything runs in its folder"),
    TITLE(MEASURING, "run and compare:"),
    NUMBER(MEASURING, 'b', "budget-minutes", "N", budget_minutes, 0.01, 10000,
           "measure no longer than this; set-up does not count (default: 30)"),
    FLAG(MEASURING, 0, "with-setup", with_setup,
         "run: first run each \"setup\" (compare always does)"),
    TEXT(MEASURING, 'o', "output", "DIR", output,
         "where runs are kept (default: " OUTPUT "); DIR/" LINK " points to the newest"),
    {MEASURING, OPTION_TEXT, 0, "resume", "RUN",
     "resume a run that was interrupted or ran out of time (default: DIR/" LINK
     "). Its finished rounds count. compare uses that run's commits",
     OPTION_AT(resume), 0, 0, NULL, OPTION_ARG_OPTIONAL},
    TEXT(MEASURING, 0, "trees", "DIR", trees,
         "compare: check the commits out in this folder, outside the repository "
         "(default: $TMPDIR, or /var/tmp)"),
    FLAG(MEASURING, 0, "show-output", show_output, "show what the programs print"),
    FLAG(MEASURING, 'm', "markdown", markdown, "print Markdown"),
    TITLE(INIT, "init (asks on standard input for what is not given):"),
    TEXT(INIT, 0, "name", "NAME", name, "name of the scenario"),
    TEXT(INIT, 0, "command", "COMMAND", command, "the shell command to watch"),
    TEXT(INIT, 0, "ready", "REGEX", ready,
         "the line of the program's output that says it is ready"),
    TEXT(INIT, 0, "drive", "COMMAND", drive,
         "the shell command that uses the program once it is ready"),
    TEXT(INIT, 0, "idle", "LIST", idle,
         "when to read the memory, in seconds after the end of the work: 0,30"),
    TEXT(INIT, 0, "setup", "COMMAND", setup,
         "the shell command that installs the program's packages or builds it"),
    TEXT(INIT, 0, "collect", "node", collect,
         "let the program's Node.js processes collect their garbage when they become "
         "idle (init does not ask for this)"),
    FLAG(INIT, 0, "force", force, "replace an existing file"),
};

static const char *const actions[] = {"init", "run", "compare", NULL};

static void check(struct argp_state *state) {
    const struct arguments *a = state->input;
    bool is_compare = a->commits.action == ACTION_COMPARE;
    int most = is_compare ? GUARD_SIDES : 0;
    if (a->commits.count > most)
        argp_error(state, "unexpected argument \"%s\"", a->commits.at[most]);
    if (is_compare && a->resume && a->commits.count)
        argp_error(state, "--resume uses the commits of the run: name none");
    if (is_compare && !a->resume && !a->commits.count)
        argp_error(state, "name the commit to compare with: compare BASE [HEAD]");
}

/* ---- init ---- */

/* The members of the scenario that init writes. */
static const struct question {
    const char *member;
    size_t given;         /* where the arguments have the option that answers it */
    const char *question; /* NULL: it is not asked */
    const char
        *otherwise; /* if the answer is empty; NULL: there is no such member then */
} questions[] = {
    {"name", OPTION_AT(name), "A name for what is watched (app):", "app"},
    {"command", OPTION_AT(command), "The shell command that starts it:", NULL},
    {"ready", OPTION_AT(ready),
     "The line of its output that says it is ready, as a regular expression (none: when "
     "it is quiet):",
     NULL},
    {"drive", OPTION_AT(drive), "The shell command that then uses it (none):", NULL},
    {"idle_s", OPTION_AT(idle),
     "Seconds of idling after which to read the memory (0,30):", "0,30"},
    {"setup", OPTION_AT(setup),
     "The shell command that installs or builds it (none):", NULL},
    {"collect", OPTION_AT(collect), NULL, NULL},
};

/* Asks, and returns the answer from standard input; "" if there is none. */
static const char *ask(const char *question, char *buffer, size_t size) {
    fprintf(stderr, "%s ", question);
    if (!fgets(buffer, (int)size, stdin))
        buffer[0] = '\0';
    buffer[strcspn(buffer, "\r\n")] = '\0';
    return buffer;
}

/* Makes "idle_s" of a list. A word that is not a number stays a text: the check of the
 * whole file then says what is wrong. */
static json_t *idle_of(const char *text) {
    char *list = strdup(text), *rest = list;
    json_t *idle = json_array();
    for (char *word; list && (word = strsep(&rest, ","));) {
        char *end;
        double seconds = strtod(word, &end);
        bool is_number = end > word && !*end;
        json_array_append_new(idle, !is_number                ? json_string(word)
                                    : seconds == (int)seconds ? json_integer((int)seconds)
                                                              : json_real(seconds));
    }
    free(list);
    return idle;
}

static char *make_file(const struct arguments *a) {
    json_t *scenario = json_object();
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        const struct question *q = &questions[i];
        char buffer[2048];
        const char *answer = *(const char *const *)((const char *)a + q->given);
        if (!answer && q->question)
            answer = ask(q->question, buffer, sizeof buffer);
        if (!answer || !*answer)
            answer = q->otherwise;
        if (answer)
            json_object_set_new(scenario, q->member,
                                q->given == OPTION_AT(idle) ? idle_of(answer)
                                                            : json_string(answer));
    }
    json_t *root = json_pack("{s:[o]}", "scenarios", scenario);
    char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(root);
    return text;
}

static int init(const struct arguments *a) {
    struct reason reason = {"out of memory"};
    struct guard_file file;
    if (!a->force && access(a->file, F_OK) == 0)
        cmd_fail(EXIT_USAGE, "%s exists already; edit it, or replace it with --force",
                 a->file);
    char *text = make_file(a);
    int error = text ? guardfile_parse(&file, text, a->file, &reason) : -ENOMEM;
    if (!error) {
        size_t length = strlen(text);
        text[length] = '\n'; /* in the place of its NUL */
        error = file_replace(a->file, text, length + 1, &reason);
    }
    if (error)
        cmd_fail(error == -EBADMSG ? EXIT_USAGE : EXIT_MEASUREMENT, "%s", reason.text);
    printf("wrote %s: a growth by 10 %% %s fails.\nNext: `tidemark guard run`; "
           "docs/guard.md lists what else the file can say.\n",
           a->file,
           a->collect ? "after an idle period" : "of the peak or after an idle period");
    return EXIT_FINE;
}

/* ---- measuring ---- */

struct guard {
    const struct arguments *arguments;
    struct guard_file file;
    struct plan plan;
    size_t sides;                     /* 1: this folder; 2: base and head */
    const char *folders[GUARD_SIDES]; /* where each side's programs run */
    struct runfigures baseline;
    bool has_baseline;
    char resumed[PATH_MAX - 64]; /* the folder of the run to resume; "": a new run */
    struct plan earlier;         /* that run's plan */
    json_t *earlier_file;        /* that run's plan file, which the session takes */
    struct watch_session session;
    struct watch_pool pool;
    char **collect_envp; /* for scenarios with "collect"; or NULL */
    const volatile int *stop;
    char failed[700]; /* the scenario that failed, and why; "": none has */
};

static struct guard_trees trees; /* of compare */

static bool is_compare(const struct guard *g) {
    return g->sides > 1;
}

static int make_plan(struct guard *g, struct reason *reason) {
    struct plan *plan = &g->plan;
    int error = 0;
    watchsession_plan(plan, "guard", 1);
    for (size_t i = 0; !error && i < g->file.count; i++) {
        const struct guard_scenario *s = &g->file.scenarios[i];
        struct plan_workload *workload = &plan->workloads[plan->workload_count++];
        snprintf(workload->name, sizeof workload->name, "%s", s->name);
        memcpy(workload->base, workload->name, sizeof workload->base);
        watchspec_to_options(&s->spec, workload);
        error = watchspec_plan_checkpoints(&s->spec, plan, reason);
    }
    for (size_t i = 0; i < g->sides; i++) {
        struct variant *variant = &plan->variants.at[plan->variants.count++];
        variant->status = VARIANT_OK;
        snprintf(variant->name, sizeof variant->name, "%s",
                 is_compare(g) ? guardtrees_names[i] : HERE);
        snprintf(variant->version, sizeof variant->version, "%.12s", trees.at[i].commit);
    }
    memcpy(plan->reference, plan->variants.at[0].name, sizeof plan->reference);
    return error;
}

static struct cell cell_of(const struct guard *g, size_t scenario, size_t side) {
    return (struct cell){.kind = CELL_MEMORY,
                         .workload = &g->plan.workloads[scenario],
                         .variant = &g->plan.variants.at[side],
                         .checkpoint = g->plan.checkpoints[0]};
}

static void on_start(void *context, const struct watch_job *job) {
    (void)context;
    cmd_complain("round %u: %s, %s", job->round, job->subject->cell.workload->name,
                 job->subject->cell.variant->name);
}

/* Journals the record of a scenario on one side, unless the user interrupted it.
 * -ECANCELED if the scenario failed. */
static int on_record(void *context, const struct watch_job *job, json_t *record,
                     struct reason *reason) {
    struct guard *g = context;
    int error = 0;
    if (!record_is_ok(record) && *g->stop) {
        json_decref(record);
        return 0;
    }
    if (!record_is_ok(record)) {
        snprintf(g->failed, sizeof g->failed, "%s, %s, round %u: %s: %s",
                 job->subject->cell.workload->name, job->subject->cell.variant->name,
                 job->round, record_text(record, "fault"), record_text(record, "reason"));
        error = -ECANCELED;
    }
    int unwritten = journal_append(&g->session.journal, record, reason);
    return unwritten ? unwritten : error;
}

/*
 * Runs every scenario once on each side. Base comes before head in odd rounds, and after
 * it in even rounds. While a scenario with "overlap" is idle, the next one may work.
 * -EINTR: the round is not over; -ECANCELED: a scenario failed.
 */
static int watch_round(struct guard *g, unsigned round, struct reason *reason) {
    struct watch_job jobs[PLAN_WORKLOADS_MAX * GUARD_SIDES];
    struct watch_subject subjects[PLAN_WORKLOADS_MAX * GUARD_SIDES];
    size_t count = 0;
    for (size_t s = 0; s < g->file.count; s++) {
        struct guard_scenario *scenario = &g->file.scenarios[s];
        scenario->spec.hide_output = !g->arguments->show_output;
        for (size_t i = 0; i < g->sides; i++) {
            size_t side = round % 2 ? i : g->sides - 1 - i;
            subjects[count] = (struct watch_subject){
                .cell = cell_of(g, s, side),
                .argv = scenario->argv,
                .envp = scenario->spec.collect ? g->collect_envp : environ,
                .folder = g->folders[side]};
            jobs[count] = (struct watch_job){&scenario->spec, &subjects[count], round,
                                             scenario->overlaps};
            count++;
        }
    }
    return watchpool_run(&g->pool, jobs, count, g->stop, reason);
}

/* Judges the rounds measured so far. */
static int judge_run(const struct guard *g, const struct summary *summary,
                     struct guard_verdict *ret, struct reason *reason) {
    if (is_compare(g))
        return guardverdict_make(ret, &g->file, summary, guardtrees_names[GUARD_HEAD],
                                 NULL, guardtrees_names[GUARD_BASE], reason);
    return guardverdict_make(ret, &g->file, summary, HERE, &g->baseline,
                             g->has_baseline ? HERE : NULL, reason);
}

/* Whether no more rounds are needed. Uses the records in memory, so that the journal is
 * not read again after each round. */
static int is_settled(const struct guard *g, unsigned rounds, bool *ret,
                      struct reason *reason) {
    struct result result = {.plan = g->plan,
                            .environment =
                                json_object_get(g->session.plan_file, "environment")};
    struct summary summary;
    struct guard_verdict verdict;
    reason_set(reason, "out of memory");
    result.plan.memory_rounds = rounds;
    result_parse(&result, g->session.journal.records);
    summary_make(&summary, &result);
    int error = judge_run(g, &summary, &verdict, reason);
    if (!error) {
        *ret = guardverdict_is_settled(&verdict);
        guardverdict_finish(&verdict);
    }
    summary_finish(&summary);
    result_finish(&result);
    return error;
}

/* Whether every scenario has a good record of a round on every side. */
static bool is_round_finished(const struct guard *g, unsigned round) {
    for (size_t s = 0; s < g->file.count; s++)
        for (size_t i = 0; i < g->sides; i++) {
            struct cell cell = cell_of(g, s, i);
            if (!journal_has(&g->session.journal, &cell, round))
                return false;
        }
    return true;
}

/*
 * Measures rounds, after the finished ones of a resumed run, until no more are needed or
 * there is no time for another. `ret_rounds` is then the number of rounds, even on
 * failure. A round in which a scenario failed counts.
 */
static int measure(struct guard *g, unsigned *ret_rounds, struct reason *reason) {
    double budget_s = 60 * g->arguments->budget_minutes;
    uint64_t started_ns = clock_now_ns();
    unsigned before = 0; /* the first rounds of a resumed run, which are complete */
    while (before < GUARD_ROUNDS_MAX && is_round_finished(g, before + 1))
        before++;
    unsigned finished = before;
    bool settled = false;
    int error = 0;
    if (before)
        cmd_complain("resuming after %u finished rounds", before);
    if (finished >= AUTOROUNDS_LEAST)
        error = is_settled(g, finished, &settled, reason);
    while (!error && !settled && finished < GUARD_ROUNDS_MAX) {
        error = watch_round(g, finished + 1, reason);
        if (error == -EINTR)
            break;
        finished++; /* even if a scenario failed: the report must show it */
        if (!error)
            error = watchsession_set_rounds(&g->session, finished, reason);
        double spent_s = (double)(clock_now_ns() - started_ns) / NS_PER_S;
        if (!error && finished >= AUTOROUNDS_LEAST)
            error = is_settled(g, finished, &settled, reason);
        if (spent_s + spent_s / (finished - before) > budget_s)
            break;
    }
    struct reason ignored; /* `reason` already tells of `error` */
    int unwritten = finished ? watchsession_set_rounds(&g->session, finished,
                                                       error ? &ignored : reason)
                             : 0;
    *ret_rounds = finished;
    return error ? error : unwritten;
}

/* ---- telling ---- */

/* Writes the verdict into the run's folder as a comment for a pull request. */
static int write_comment(const struct guard *g, const struct guard_verdict *verdict,
                         const char *headline, struct reason *reason) {
    char path[PATH_MAX];
    struct file_draft draft;
    snprintf(path, sizeof path, "%s/" COMMENT, g->session.folder);
    int error = file_draft_begin(&draft, path, reason);
    if (error)
        return error;
    guardcomment_print(verdict, headline, &(struct form){draft.out, true});
    return file_draft_write(&draft, 0, reason);
}

/* Writes the verdict into the run's folder for other programs. */
static int write_json(const struct guard *g, const struct guard_verdict *verdict,
                      const char *headline, int exit_code, struct reason *reason) {
    json_t *json = guardcomment_to_json(verdict, headline, exit_code);
    int error = result_write_json(json, JSON_INDENT(1) | JSON_REAL_PRECISION(12),
                                  g->session.folder, GUARD_VERDICT_FILE, reason);
    json_decref(json);
    return error;
}

/* Removes the verdict of a run that is resumed, in both its forms: it no longer holds. */
static void forget_verdict(const struct guard *g) {
    static const char *const names[] = {GUARD_VERDICT_FILE, COMMENT};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", g->session.folder, names[i]);
        unlink(path);
    }
}

static void say_what_next(const struct guard *g) {
    if (!is_compare(g) && !g->has_baseline)
        cmd_complain("there is no baseline in %s; to have one, run `tidemark baseline "
                     "take %s -o %s` and commit what it writes",
                     g->file.baseline, g->session.folder, g->file.baseline);
}

/* Writes the first line. If not everything was measured, the cause comes before what the
 * verdict says. If a scenario failed, the cause replaces it. */
static void write_headline(const struct guard *g, const struct guard_verdict *verdict,
                           int error, unsigned rounds, const struct reason *why,
                           char *buffer, size_t size) {
    size_t used = 0;
    if (g->failed[0]) {
        snprintf(buffer, size, "FAILED: %s", g->failed);
        return;
    }
    if (error)
        used = (size_t)snprintf(buffer, size, "%s; of %u finished rounds: ",
                                error == -EINTR ? "INTERRUPTED" : why->text, rounds);
    guardverdict_headline(verdict, buffer + used, size - used);
}

/* Prints the verdict and writes the report. `error` says how measure() ended; if it
 * failed, the rounds that it finished are reported. Returns the exit code. */
static int tell(const struct guard *g, int error, const struct reason *why) {
    const struct summary *summary = cmd_load(g->session.folder);
    struct guard_verdict verdict;
    struct reason reason = {"out of memory"};
    char headline[sizeof why->text + 2048];
    int code = EXIT_MEASUREMENT;
    int failed = judge_run(g, summary, &verdict, &reason);
    if (!failed) {
        if (!error)
            code = guardverdict_is_worse(&verdict)  ? EXIT_REGRESSION
                   : guardverdict_is_open(&verdict) ? EXIT_MEASUREMENT
                                                    : EXIT_FINE;
        write_headline(g, &verdict, error, summary->result->plan.memory_rounds, why,
                       headline, sizeof headline);
        guardcomment_print(&verdict, headline,
                           &(struct form){stdout, g->arguments->markdown});
        failed = write_comment(g, &verdict, headline, &reason);
    }
    if (!failed)
        failed = cmd_write_report(summary, g->session.folder, false, &reason);
    if (!failed)
        failed = write_json(g, &verdict, headline, code, &reason);
    if (failed)
        cmd_fail(failed == -EINVAL ? EXIT_USAGE : EXIT_MEASUREMENT,
                 "%s; the measurements are in %s", reason.text, g->session.folder);
    cmd_complain("report: %s/" RESULT_REPORT ", " COMMENT, g->session.folder);
    return code;
}

static void say_how_to_resume(const struct guard *g) {
    cmd_complain("the finished rounds are kept in %s; to continue, repeat the command "
                 "with --resume%s",
                 g->session.folder, is_compare(g) ? " in place of the commits" : "");
}

/* Says what differs between the plan of the run to resume and the present plan; NULL if
 * nothing does. */
static const char *difference_of(const struct plan *earlier, const struct plan *now) {
    static const char *const parts[] = {"workloads", "checkpoints", "variants"};
    json_t *a = plan_to_json(earlier), *b = plan_to_json(now);
    const char *differs = NULL;
    for (size_t i = 0; !differs && i < sizeof parts / sizeof parts[0]; i++)
        if (!json_equal(json_object_get(a, parts[i]), json_object_get(b, parts[i])))
            differs = i < 2 ? "its scenarios differ from those that " GUARD_FILE
                              " has now"
                            : "it measured other commits";
    json_decref(a);
    json_decref(b);
    return differs;
}

static void fail_on(int error, const struct reason *reason) {
    if (error)
        cmd_fail(error == -EINVAL || error == -E2BIG ? EXIT_USAGE : EXIT_MEASUREMENT,
                 "%s", reason->text);
}

static void begin_session(struct guard *g) {
    struct reason reason;
    if (!g->resumed[0]) {
        fail_on(watchsession_begin(&g->session, &g->plan, g->arguments->output, LINK,
                                   &reason),
                &reason);
        return;
    }
    const char *differs = difference_of(&g->earlier, &g->plan);
    if (differs)
        cmd_fail(EXIT_USAGE, "cannot resume %s: %s; start a new run", g->resumed,
                 differs);
    fail_on(watchsession_resume(&g->session, g->resumed, g->earlier_file, &reason),
            &reason);
    forget_verdict(g);
}

static int measure_and_tell(struct guard *g) {
    struct reason reason = {"out of memory"};
    unsigned rounds = 0;
    fail_on(make_plan(g, &reason), &reason);
    begin_session(g);
    g->pool = (struct watch_pool){.idle_limit = WATCHPOOL_LIMIT,
                                  .reserve = watchpool_reserve(),
                                  .context = g,
                                  .starts = on_start,
                                  .takes = on_record};
    int error = 0, code = EXIT_MEASUREMENT;
    if (guardfile_collects(&g->file))
        error = guardcollect_begin(g->session.folder, &g->collect_envp, &reason);
    if (!error)
        error = measure(g, &rounds, &reason);
    struct reason why = reason;
    int unwritten = watchsession_write(&g->session, error == 0, &reason);
    if (!is_compare(g)) /* compare must still remove the trees */
        signals_stop_heeding();
    if (unwritten)
        cmd_complain("%s", reason.text);
    else if (error == -EINTR && rounds == 0)
        puts("INTERRUPTED before the first round was over");
    else
        code = tell(g, error, &why);
    if (error == -EINTR)
        say_how_to_resume(g);
    if (!error)
        say_what_next(g);
    return code;
}

/* ---- run and compare ---- */

/* Reads the plan of the run to resume, if --resume was given. */
static void read_earlier(struct guard *g) {
    const struct arguments *a = g->arguments;
    struct reason reason;
    if (!a->resume)
        return;
    if (*a->resume)
        snprintf(g->resumed, sizeof g->resumed, "%s", a->resume);
    else
        snprintf(g->resumed, sizeof g->resumed, "%s/" LINK, a->output);
    if (runfolder_read_plan(g->resumed, &g->earlier, &g->earlier_file, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    if (strcmp(g->earlier.profile, "guard") != 0 || g->earlier.variants.count != g->sides)
        cmd_fail(EXIT_USAGE, "cannot resume %s: it is not a run of `tidemark guard %s`",
                 g->resumed, actions[a->commits.action]);
}

/* Shows the whole output of a failed set-up: the last words of a package manager seldom
 * name the cause. */
static void show(int output) {
    char buffer[4096];
    lseek(output, 0, SEEK_SET);
    for (ssize_t n; (n = read(output, buffer, sizeof buffer)) > 0;)
        fwrite(buffer, 1, (size_t)n, stderr);
}

/* Sets one side up. Reports a failure on standard output, like that of a scenario, and
 * ends the program. */
static void set_up(const struct guard *g, size_t side, const char *where) {
    struct reason reason = {"out of memory"};
    int output = memfd_create("output", MFD_CLOEXEC);
    cmd_complain("setting up %s", where);
    int error = output < 0 ? -ENOMEM
                           : guardtrees_set_up(&g->file, g->folders[side], where, output,
                                               g->stop, &reason);
    if (error) {
        show(output);
        printf("%s: %s\n", error == -EINTR ? "INTERRUPTED" : "FAILED", reason.text);
        exit(EXIT_MEASUREMENT);
    }
    close(output);
}

static int run(struct guard *g) {
    struct reason reason;
    if (guardfile_load(&g->file, g->arguments->file, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    g->has_baseline = access(g->file.baseline, F_OK) == 0;
    if (g->has_baseline &&
        runfigures_load(&g->baseline, g->file.baseline, "guard", &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    g->stop = signals_heed(true);
    if (g->arguments->with_setup)
        set_up(g, 0, "what is here");
    return measure_and_tell(g);
}

static void remove_trees(void) {
    struct reason reason;
    if (guardtrees_remove(&trees, &reason) < 0)
        cmd_complain("warning: %s", reason.text);
}

static int compare(struct guard *g) {
    const struct arguments *a = g->arguments;
    const char *parent = a->trees ? a->trees : getenv("TMPDIR");
    const char *commits[GUARD_SIDES];
    struct reason reason;
    char path[2 * PATH_MAX], where[100];
    for (int i = 0; i < GUARD_SIDES; i++)
        commits[i] = g->resumed[0]          ? g->earlier.variants.at[i].version
                     : i < a->commits.count ? a->commits.at[i]
                                            : "HEAD";
    g->stop = signals_heed(true);
    if (guardtrees_make(&trees, parent && *parent ? parent : "/var/tmp", commits,
                        &reason) < 0)
        cmd_fail(*g->stop ? EXIT_MEASUREMENT : EXIT_USAGE, "%s",
                 *g->stop ? "interrupted while checking out the commits" : reason.text);
    atexit(remove_trees);
    snprintf(path, sizeof path, "%s/%s", trees.at[GUARD_HEAD].folder, a->file);
    if (guardfile_load(&g->file, path, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s (the head's file counts: commit it)", reason.text);
    for (size_t i = 0; i < GUARD_SIDES; i++) {
        snprintf(where, sizeof where, "%s (%.12s)", guardtrees_names[i],
                 trees.at[i].commit);
        g->folders[i] = trees.at[i].folder;
        set_up(g, i, where);
    }
    return measure_and_tell(g);
}

/* Makes a relative path absolute. NULL and "" mean that no path was given. */
static void make_absolute(const char **path, const char *here,
                          char buffer[2 * PATH_MAX]) {
    if (!*path || !**path || **path == '/')
        return;
    snprintf(buffer, 2 * PATH_MAX, "%s/%s", here, *path);
    *path = buffer;
}

/* Changes to the folder of the file, where everything runs. Before that, it makes the
 * other relative paths of the command line absolute: they refer to the present folder.
 * The default output stays relative, since it lies in the file's folder. */
static void go_to_folder(struct arguments *a, char buffers[3][2 * PATH_MAX]) {
    const char *base = file_base_name(a->file);
    char here[PATH_MAX], folder[PATH_MAX];
    if (!getcwd(here, sizeof here))
        cmd_fail(EXIT_USAGE, "the present folder has no path: %s", strerror(errno));
    if (strcmp(a->output, OUTPUT) != 0)
        make_absolute(&a->output, here, buffers[0]);
    make_absolute(&a->trees, here, buffers[1]);
    make_absolute(&a->resume, here, buffers[2]);
    snprintf(folder, sizeof folder, "%.*s", (int)(base - a->file), a->file);
    if (*folder && chdir(folder) < 0)
        cmd_fail(EXIT_USAGE, "cannot go to the folder %s: %s", folder, strerror(errno));
    a->file = base;
}

int cmd_guard(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .actions = actions,
        .most = INT_MAX,
        .too_few = "say what to do: init, run, or compare BASE [HEAD]",
        .check = check,
        .usage = "init\nrun\ncompare BASE [HEAD]",
        .doc =
            "Guard a repository's programs against growing memory: watch the scenarios "
            "of "
            "its " GUARD_FILE ".\vinit writes " GUARD_FILE
            ". run measures the files of this folder, and judges them by the committed "
            "baseline and the bounds. compare checks out two commits side by side, sets "
            "both up, and measures them in turn (base, head, head, base). It stops when "
            "the rounds could have shown the growth that the file names, or when the "
            "time is over. Every finished round is kept; --resume adds more. The first "
            "line of the output says what grew, and whose memory it is. Exit code 0: "
            "nothing is worse; 1: something is worse, or over its bound; 2: bad input; "
            "3: a scenario failed, or the rounds could not decide. docs/guard.md "
            "describes the file."};
    struct arguments a = {.file = GUARD_FILE, .output = OUTPUT, .budget_minutes = 30};
    char buffers[3][2 * PATH_MAX];
    static struct guard g;
    optiontable_parse(&table, argc, argv, &a);
    go_to_folder(&a, buffers);
    if (a.commits.action == ACTION_INIT)
        return init(&a);
    g.arguments = &a;
    g.sides = a.commits.action == ACTION_COMPARE ? GUARD_SIDES : 1;
    read_earlier(&g);
    return is_compare(&g) ? compare(&g) : run(&g);
}
