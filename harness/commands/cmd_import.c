/* tidemark import PLAIN TRACE */
#include <stdio.h>

#include "cmd.h"
#include "import.h"
#include "optiontable.h"
#include "reason.h"
#include "trace.h"

enum { COMPRESSION = 19 }; /* zstd's level: written once, read often */

struct arguments {
    struct words paths; /* of the recording, and of the trace */
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

int cmd_import(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .least = 2,
        .most = 2,
        .too_few = "name the recording and the trace to be written",
        .too_many = "name one recording and one trace only",
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
    const char *path = arguments.paths.at[1];
    if (import_plain(arguments.paths.at[0], &facts, &trace, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    if (trace_write(path, &trace, COMPRESSION, &fault) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", fault.text);
    printf("%s: %zu records of %u threads\n", path, trace.count, trace.threads);
    return EXIT_FINE;
}
