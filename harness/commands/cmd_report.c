/* tidemark report [RUN] */
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cmd.h"
#include "optiontable.h"
#include "plot.h"
#include "reason.h"
#include "report.h"
#include "summary.h"
#include "watchplot.h"
#include "watchreport.h"

struct arguments {
    const char *run;
    bool markdown;
};

static const struct option_row option_rows[] = {
    FLAG(0, 'm', "markdown", markdown,
         "print Markdown to standard output and write nothing"),
};

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_watched(const struct summary *summary) {
    return plan_is_watched(&summary->result->plan);
}

void cmd_print_report(const struct summary *summary, bool markdown) {
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
    int error = report_write(summary,
                             is_watched(summary) ? watchreport_markdown : report_markdown,
                             folder, reason);
    return error || !plots ? error : cmd_draw_plots(summary, folder, reason);
}

int cmd_report(int argc, char **argv) {
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = optiontable_one_run,
        .usage = "[RUN]",
        .doc = "Print the tables of a run and write its report.md "
               "again.\vRUN is the run's folder "
               "or its results.json; without it, " CMD_LATEST
               ". The report of an interrupted run has the cells that were measured; its "
               "exit code is 3."};
    struct arguments arguments = {CMD_LATEST, false};
    optiontable_parse(&table, argc, argv, &arguments);
    struct result result;
    struct summary summary;
    int code = cmd_load(arguments.run, &result, &summary);
    if (code != EXIT_FINE)
        return code;
    struct reason reason;
    cmd_print_report(&summary, arguments.markdown);
    if (!arguments.markdown && is_folder(arguments.run) &&
        cmd_write_report(&summary, arguments.run, false, &reason) < 0) {
        cmd_complain("%s", reason.text);
        code = EXIT_MEASUREMENT;
    }
    if (summary.failed || summary.missing)
        code = EXIT_MEASUREMENT;
    summary_finish(&summary);
    result_finish(&result);
    return code;
}
