/* tidemark import PLAIN TRACE */
#include <stdio.h>

#include "cmd.h"
#include "import.h"
#include "reason.h"
#include "trace.h"

enum { COMPRESSION = 19 }; /* zstd's level: written once, read often */

struct arguments {
    const char *plain, *trace;
    struct import_facts facts;
};

static const struct argp_option options[] = {
    {"idle-before", 'i', "RECORD", 0,
     "the program went idle before this record, from 0 (default: unknown)", 0},
    {"sample", 's', "N", 0, "one in N objects was recorded (default: 1)", 0},
    {"time-unit", 't', "NS", 0, "nanoseconds that its times count (default: 1)", 0},
    {0},
};

static error_t parse_option(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    struct import_facts *facts = &arguments->facts;
    switch (key) {
    case 'i':
        facts->idle_before = cmd_integer(state, "idle-before", text, 1, UINT32_MAX);
        return 0;
    case 's':
        facts->sample = (uint32_t)cmd_integer(state, "sample", text, 1, 1 << 20);
        return 0;
    case 't':
        facts->time_unit_ns =
            (uint32_t)cmd_integer(state, "time-unit", text, 1, 1000000000);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "one recording and one trace at a time");
        *(state->arg_num ? &arguments->trace : &arguments->plain) = text;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->trace)
            argp_error(state, "name the recording and the trace to be written");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_import(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        "PLAIN TRACE",
        "Convert a plain recording of allocator calls into a trace.\vPLAIN has 16 bytes "
        "a "
        "record (docs/trace.md); /dev/stdin reads a pipe. Exit code 0: the trace is "
        "written; 2: the recording is no sound one.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {.facts = {.time_unit_ns = 1, .sample = 1}};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    struct reason reason;
    struct trace_fault fault;
    struct trace trace;
    if (import_plain(arguments.plain, &arguments.facts, &trace, &reason) < 0) {
        cmd_complain("%s", reason.text);
        return EXIT_USAGE;
    }
    int error = trace_write(arguments.trace, &trace, COMPRESSION, &fault);
    if (error)
        cmd_complain("%s", fault.text);
    else
        printf("%s: %zu records of %u threads\n", arguments.trace, trace.count,
               trace.threads);
    trace_free(&trace);
    return error ? EXIT_USAGE : EXIT_FINE;
}
