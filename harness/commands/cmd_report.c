/* tidemark report [RUN]: prints a run's tables again; or decides by one run or more. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "decision.h"
#include "file.h"
#include "optiontable.h"
#include "plot.h"
#include "reason.h"
#include "report.h"
#include "summary.h"
#include "text.h"
#include "watchreport.h"

struct arguments {
    const char *runs[DECISION_RUNS_MAX];
    const char *pairs[DECISION_RUNS_MAX]; /* BASE=VARIANT of each run */
    int count;
    const char *pair; /* of the runs that follow; NULL: no decision */
    const char *output, *program;
    bool markdown;
};

/* A pair applies to the runs after it. The first pair also applies to those before it. */
static void take_decide(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    for (int i = 0; i < a->count && !a->pair; i++)
        a->pairs[i] = text;
    a->pair = text;
}

static const struct option_row option_rows[] = {
    FLAG(0, 'm', "markdown", markdown,
         "print Markdown to standard output and write nothing"),
    CALL(0, 'd', "decide", "BASE=VARIANT", take_decide,
         "print one page of Markdown instead: whether to switch from BASE to VARIANT, by "
         "all "
         "RUNs that measured both. Where a run calls the two otherwise, give it again "
         "before "
         "that RUN"),
    TEXT(0, 'p', "program", "NAME", program,
         "what that page calls the program (default: as the runs do)"),
    TEXT(0, 'o', "output", "FILE.md", output,
         "write that page to FILE.md, with its picture beside it"),
};

static void take_run(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    if (a->count == DECISION_RUNS_MAX)
        argp_error(state, "at most %d runs", DECISION_RUNS_MAX);
    a->runs[a->count] = text;
    a->pairs[a->count++] = a->pair;
}

static void check(struct argp_state *state) {
    struct arguments *a = state->input;
    if (a->count > 1 && !a->pair)
        argp_error(state, "one run at a time");
    if ((a->output || a->program) && !a->pair)
        argp_error(state, "--output and --program belong to --decide");
    if (a->count == 0)
        take_run(state, CMD_LATEST);
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_watched(const struct summary *summary) {
    return plan_is_watched(&summary->result->plan);
}

/* Prints the tables. */
static void print_report(const struct summary *summary, bool markdown) {
    if (markdown)
        (is_watched(summary) ? watchreport_markdown : report_markdown)(summary, stdout);
    else
        (is_watched(summary) ? watchreport_terminal : report_terminal)(summary, stdout);
}

int cmd_draw_plots(const struct summary *summary, const char *folder,
                   struct reason *reason) {
    return (is_watched(summary) ? watchplot_all : plot_all)(summary, folder, reason);
}

int cmd_write_report(const struct summary *summary, const char *folder, bool plots,
                     struct reason *reason) {
    char drawn[PATH_MAX];
    snprintf(drawn, sizeof drawn, "%s/" RESULT_PLOTS, folder);
    int error = report_write(summary,
                             !is_watched(summary)                ? report_markdown
                             : plots || access(drawn, F_OK) == 0 ? watchreport_with_plots
                                                                 : watchreport_markdown,
                             folder, reason);
    return error || !plots ? error : cmd_draw_plots(summary, folder, reason);
}

int cmd_tell(const struct summary *summary, const char *folder, bool plots) {
    struct reason reason;
    int error = cmd_write_report(summary, folder, plots, &reason);
    print_report(summary, false);
    if (error)
        cmd_complain("%s; the measurements are in %s", reason.text, folder);
    printf("\nreport: %s/" RESULT_REPORT "\n", folder);
    return error || summary->failed || summary->missing ? EXIT_MEASUREMENT : EXIT_FINE;
}

/* ---- a decision ---- */

/* Appends a word of a command, quoted for a shell if need be. */
static void append_word(char *buffer, size_t size, const char *word) {
    bool is_plain = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789_./=+:@-") == strlen(word);
    const char *quote = is_plain ? "" : "'";
    text_append(buffer, size, " %s", quote);
    for (const char *c = word; *c; c++)
        text_append(buffer, size, *c == '\'' ? "'\\'%c" : "%c", *c);
    text_append(buffer, size, "%s", quote);
}

static void name_command(const struct arguments *a, char *buffer, size_t size) {
    const char *pair = NULL;
    snprintf(buffer, size, "tidemark report");
    for (int i = 0; i < a->count; i++) {
        if (!pair || strcmp(pair, a->pairs[i]) != 0) {
            text_append(buffer, size, " --decide");
            append_word(buffer, size, a->pairs[i]);
        }
        pair = a->pairs[i];
        append_word(buffer, size, a->runs[i]);
    }
    if (a->program) {
        text_append(buffer, size, " --program");
        append_word(buffer, size, a->program);
    }
    if (a->output) {
        text_append(buffer, size, " --output");
        append_word(buffer, size, a->output);
    }
}

/* Draws the picture and writes the page that shows it. */
static int write_page(const struct decision *decision, struct decision_page *page,
                      const char *path, struct reason *reason) {
    char base[PATH_MAX - 16], picture[PATH_MAX];
    size_t length = strlen(path);
    struct file_draft draft;
    bool has_ending = length > 3 && strcmp(path + length - 3, ".md") == 0;
    snprintf(base, sizeof base, "%.*s", (int)(length - (has_ending ? 3 : 0)), path);
    snprintf(picture, sizeof picture, "%s.svg", file_base_name(base));
    int error = decision_draw(decision, page, base, reason);
    if (error && error != -ENODATA)
        return error;
    page->picture = error ? NULL : picture;
    error = file_draft_begin(&draft, path, reason);
    if (error)
        return error;
    decision_print(decision, page, draft.out);
    return file_draft_write(&draft, 0, reason);
}

static int tell(const struct arguments *a, const struct decision *decision) {
    char command[4 * PATH_MAX];
    struct reason reason;
    struct decision_page page = {.program = a->program, .command = command};
    name_command(a, command, sizeof command);
    if (!a->output)
        decision_print(decision, &page, stdout);
    else if (write_page(decision, &page, a->output, &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    return decision_answer(decision) == DECISION_OPEN ||
                   !decision_is_controlled(decision) || decision_is_incomplete(decision)
               ? EXIT_MEASUREMENT
               : EXIT_FINE;
}

static int decide(const struct arguments *a) {
    static struct cmd_loaded loaded[DECISION_RUNS_MAX];
    struct decision decision = {0};
    struct reason reason;
    for (int i = 0; i < a->count; i++) {
        cmd_load_whole(a->runs[i], "default", &loaded[i]);
        if (decision_add(&decision, &loaded[i].figures, loaded[i].summary, a->pairs[i],
                         &reason) < 0)
            cmd_fail(EXIT_USAGE, "%s", reason.text);
    }
    return tell(a, &decision);
}

/* ---- the command ---- */

static int report(const struct arguments *a) {
    const char *run = a->runs[0];
    const struct summary *summary = cmd_load(run);
    struct reason reason;
    print_report(summary, a->markdown);
    if (!a->markdown && is_folder(run) &&
        cmd_write_report(summary, run, false, &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    return summary->failed || summary->missing ? EXIT_MEASUREMENT : EXIT_FINE;
}

int cmd_report(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .word = take_run,
        .check = check,
        .flags = ARGP_IN_ORDER,
        .usage = "[RUN]\n--decide=BASE=VARIANT RUN...",
        .doc =
            "Print the tables of a run and write its report.md again; or tell whether "
            "to switch from one variant to another.\vRUN is the run's folder or its "
            "results.json; without it, " CMD_LATEST
            ". A run that was interrupted is reported as far as it got, with exit code "
            "3. With --decide a RUN can also be a baseline (its file or folder). Exit "
            "code then: 0: the page was made; 2: a run does not have the two, or "
            "nothing of them that can be compared; 3: it is not decided, the "
            "reference differs from itself (A/A), or measurements are missing. "
            "docs/decide.md "
            "has the rules."};
    struct arguments arguments = {0};
    optiontable_parse(&table, argc, argv, &arguments);
    return arguments.pair ? decide(&arguments) : report(&arguments);
}
