/* tidemark export --format NAME [RUN] */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "export.h"
#include "runfigures.h"

struct arguments {
    const char *run;
    const struct export_format *format;
};

static const struct argp_option options[] = {
    {"format", 'f', "NAME", 0, "csv, bmf or github-action-benchmark", 0},
    {0},
};

static const struct export_format *find_format(const char *name) {
    for (const struct export_format *f = export_formats; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case 'f':
        a->format = find_format(text);
        if (!a->format)
            argp_error(state,
                       "there is no format \"%s\"; there are csv, bmf "
                       "and github-action-benchmark",
                       text);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one run at a time");
        a->run = text;
        return 0;
    case ARGP_KEY_END:
        if (!a->format)
            argp_error(state, "say which format: --format=NAME");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_export(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        "[RUN]",
        "Print a run (default: " CMD_LATEST ") in the format of an existing tracker.\v"
        "Memory in bytes, time as the ratio to the reference variant. Cells with failed "
        "rounds are left out, except in csv, which tells the fault.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {.run = CMD_LATEST};
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    struct runfigures figures;
    int code = cmd_load_figures(a.run, "default", &figures);
    if (code != EXIT_FINE)
        return code;
    if (a.format->write(&figures, stdout) < 0 || fflush(stdout) != 0) {
        cmd_complain("cannot write the %s export: disk full, or out of memory",
                     a.format->name);
        code = EXIT_MEASUREMENT;
    }
    runfigures_finish(&figures);
    return code;
}
