/* tidemark report [RUN] */
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cmd.h"
#include "reason.h"
#include "report.h"
#include "summary.h"

struct arguments {
    const char *run;
    bool markdown;
};

static const struct argp_option options[] = {
    {"markdown", 'm', NULL, 0, "print Markdown to standard output and write nothing", 0},
    {0},
};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 'm':
        arguments->markdown = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one run at a time");
        arguments->run = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int cmd_report(int argc, char **argv) {
    static const struct argp argp = {options,
                                     parse_option,
                                     "[RUN]",
                                     "Print the tables of a run and write its report.md "
                                     "again.\vRUN is the run's folder "
                                     "or its results.json; without it, " CMD_LATEST
                                     ". A run that was interrupted is "
                                     "reported as far as it got, with exit code 3.",
                                     NULL,
                                     NULL,
                                     NULL};
    struct arguments arguments = {CMD_LATEST, false};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    struct result result;
    struct summary summary;
    int code = cmd_load(arguments.run, &result, &summary);
    if (code != EXIT_FINE)
        return code;
    struct reason reason;
    if (arguments.markdown) {
        report_markdown(&summary, stdout);
    } else {
        report_terminal(&summary, stdout);
        if (is_folder(arguments.run) &&
            report_write(&summary, arguments.run, &reason) < 0) {
            cmd_complain("%s", reason.text);
            code = EXIT_MEASUREMENT;
        }
    }
    if (summary.failed || summary.missing)
        code = EXIT_MEASUREMENT;
    summary_finish(&summary);
    result_finish(&result);
    return code;
}
