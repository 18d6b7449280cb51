/* tidemark import PLAIN TRACE */
#include <stdio.h>

#include "cmd.h"
#include "import.h"
#include "optiontable.h"
#include "reason.h"
#include "trace.h"

enum { COMPRESSION = 19 }; /* zstd's level: written once, read often */

struct arguments {
    const char *plain, *trace;
    uint64_t idle_before, sample, time_unit_ns;
};

static const struct option_row option_rows[] = {
    WHOLE(0, 'i', "idle-before", "RECORD", idle_before, 1, UINT32_MAX,
          "the program went idle before this record; records count from 0 (default: "
          "unknown)"),
    WHOLE(0, 's', "sample", "N", sample, 1, 1 << 20,
          "the recording holds one object in N (default: 1)"),
    WHOLE(0, 't', "time-unit", "NS", time_unit_ns, 1, 1000000000,
          "the unit of the recording's times, in nanoseconds (default: 1)"),
};

static error_t parse_rest(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "name one recording and one trace only");
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
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = parse_rest,
        .usage = "PLAIN TRACE",
        .doc =
            "Convert a plain recording of allocator calls into a trace.\vPLAIN has 16 "
            "bytes per record (docs/trace.md); /dev/stdin reads a pipe. Exit code 0: "
            "the trace is written; 2: the recording is malformed; 3: the trace cannot be "
            "written."};
    struct arguments arguments = {.time_unit_ns = 1, .sample = 1};
    optiontable_parse(&table, argc, argv, &arguments);
    struct reason reason;
    struct trace_fault fault;
    struct trace trace;
    struct import_facts facts = {.idle_before = arguments.idle_before,
                                 .sample = (uint32_t)arguments.sample,
                                 .time_unit_ns = (uint32_t)arguments.time_unit_ns};
    if (import_plain(arguments.plain, &facts, &trace, &reason) < 0) {
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
    return error ? EXIT_MEASUREMENT : EXIT_FINE;
}
