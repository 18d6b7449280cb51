/* tidemark export --format NAME [RUN] */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "export.h"
#include "optiontable.h"
#include "runfigures.h"

struct arguments {
    const char *run;
    const struct export_format *format;
};

static const struct export_format *find_format(const char *name) {
    for (const struct export_format *f = export_formats; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static void take_format(struct argp_state *state, const char *text) {
    struct arguments *a = state->input;
    a->format = find_format(text);
    if (!a->format)
        argp_error(
            state,
            "there is no format \"%s\"; choose csv, bmf or github-action-benchmark",
            text);
}

static const struct option_row option_rows[] = {
    CALL(0, 'f', "format", "NAME", take_format, "csv, bmf or github-action-benchmark"),
};

static error_t parse_rest(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    if (key != ARGP_KEY_END)
        return optiontable_one_run(key, text, state);
    if (!a->format)
        argp_error(state, "say which format: --format=NAME");
    return 0;
}

int cmd_export(int argc, char **argv) {
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = parse_rest,
        .usage = "[RUN]",
        .doc = "Print a run (default: " CMD_LATEST
               ") in the format of an existing tracker.\vMemory is in bytes, time is a "
               "ratio to the reference variant. Cells with failed rounds are left out, "
               "except in csv, which names the fault."};
    struct arguments a = {.run = CMD_LATEST};
    optiontable_parse(&table, argc, argv, &a);
    struct runfigures figures;
    int code = cmd_load_figures(a.run, "default", &figures);
    if (code != EXIT_FINE)
        return code;
    a.format->write(&figures, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cmd_complain("cannot write the %s export: disk full, or out of memory",
                     a.format->name);
        code = EXIT_MEASUREMENT;
    }
    runfigures_finish(&figures);
    return code;
}
