/* tidemark export --format NAME [RUN] */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "export.h"
#include "optiontable.h"
#include "runfigures.h"

struct arguments {
    struct words run;
    const struct export_format *format;
};

static void take_format(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    a->format = export_formats;
    while (a->format->name && strcmp(a->format->name, text) != 0)
        a->format++;
    if (!a->format->name)
        argp_error(
            state,
            "there is no format \"%s\"; choose csv, bmf or github-action-benchmark",
            text);
}

static const struct option_row option_rows[] = {
    CALL(0, 'f', "format", "NAME", take_format, "csv, bmf or github-action-benchmark"),
};

static void check(struct argp_state *state) {
    if (!((struct arguments *)state->input)->format)
        argp_error(state, "say which format: --format=NAME");
}

int cmd_export(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .most = 1,
        .too_many = "name one run only",
        .check = check,
        .usage = "[RUN]",
        .doc = "Print a run (default: " CMD_LATEST
               ") in the format of an existing tracker.\vMemory is in bytes, time is a "
               "ratio to the reference variant. Cells with failed rounds are left out, "
               "except in csv, which names the fault."};
    struct arguments a = {.run = CMD_LATEST_WORD};
    optiontable_parse(&table, argc, argv, &a);
    struct runfigures figures;
    cmd_load_figures(a.run.at[0], "default", &figures);
    a.format->write(&figures, stdout);
    if (fflush(stdout) != 0 || ferror(stdout))
        cmd_fail(EXIT_MEASUREMENT,
                 "cannot write the %s export: disk full, or out of memory",
                 a.format->name);
    return EXIT_FINE;
}
