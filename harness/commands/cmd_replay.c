/*
 * tidemark replay TRACE: repeats the calls of a recorded program under every allocator.
 * It is `tidemark run` with the workload replay on that trace. This file reads the trace,
 * derives options of the run from it, and passes the user's options on.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cmd.h"
#include "file.h"
#include "optiontable.h"
#include "plan.h"
#include "trace.h"

enum { THREADS_MAX = 64, TIMEOUT_S = 600 };

/* This table is only for --describe. All other options are those of `tidemark run`. */
struct arguments {
    bool pauses;
};

static const struct option_row option_rows[] = {
    FLAG(
        0, 0, "pauses", pauses,
        "also make the pauses of the recorded program; no timed rounds unless asked for"),
};

static const struct option_table described = {
    OPTION_ROWS(option_rows), .usage = "TRACE",
    .doc = "Repeat the calls of a trace under each allocator, and measure speed, peak, "
           "and what is left after an idle period.\vreplay also takes all options of "
           "tidemark-run(1). The number of threads is the trace's, unless --threads says "
           "otherwise."};

static const char usage[] =
    "usage: tidemark replay TRACE [--pauses] [options of `tidemark run`]\n\n"
    "Repeats the calls of a trace (`tidemark record`, docs/trace.md) under each\n"
    "allocator, and measures speed, peak, and what is left after an idle period.\n\n"
    "  --pauses   also make the pauses of the recorded program. This shows what the\n"
    "             allocator gives back while the program runs. There are no timed\n"
    "             rounds unless they are asked for. Without --pauses the calls follow\n"
    "             each other at once\n\n"
    "The number of threads is the trace's, unless --threads says otherwise. Exit codes\n"
    "are those of `tidemark run`.\n";

/* What the run's options are derived from. */
struct facts {
    unsigned threads; /* that make calls; at most THREADS_MAX */
    unsigned seconds; /* from the start of the recording to its last call, rounded up */
};

static struct facts read_facts(const char *path) {
    static bool calls[UINT16_MAX + 1]; /* by thread */
    struct facts facts = {0};
    struct trace trace;
    struct trace_fault fault;
    if (trace_read(path, TRACE_WHOLE, &trace, &fault) < 0)
        cmd_fail(EXIT_USAGE, "%s", fault.text);
    uint64_t last_ns = 0;
    for (size_t i = 0; i < trace.count; i++) {
        const struct trace_record *record = &trace.records[i];
        facts.threads += !calls[record->thread] && facts.threads < THREADS_MAX;
        calls[record->thread] = true;
        last_ns = record->time_ns > last_ns ? record->time_ns : last_ns;
    }
    facts.seconds = (unsigned)(last_ns / NS_PER_S) + 1;
    trace_free(&trace);
    return facts;
}

/* Makes the workload's name: the file's up to its first dot, in lower case. Other
 * characters than letters and digits become hyphens. */
static void name_after(const char *path, char *buffer, size_t size) {
    const char *base = file_base_name(path);
    size_t n = 0;
    for (; *base && *base != '.' && n + 1 < size; base++)
        buffer[n++] =
            isalnum((unsigned char)*base) ? (char)tolower((unsigned char)*base) : '-';
    buffer[n] = '\0';
    if (n == 0)
        snprintf(buffer, size, "trace");
}

static int run(const char *path, bool pauses, int argc, char **argv) {
    struct facts facts = read_facts(path);
    char name[PLAN_NAME_MAX], absolute[PATH_MAX];
    char workload[PLAN_NAME_MAX + PATH_MAX + 64], threads[32], timeout[32];
    if (!realpath(path, absolute))
        cmd_fail(EXIT_MEASUREMENT, "cannot find %s: %s", path, strerror(errno));
    name_after(path, name, sizeof name);
    snprintf(workload, sizeof workload, "--workload=%s=replay,input=%s%s", name, absolute,
             pauses ? ",pauses=1" : "");
    snprintf(threads, sizeof threads, "--threads=%u", facts.threads);
    snprintf(timeout, sizeof timeout, "--timeout=%u", TIMEOUT_S + 2 * facts.seconds);
    char *derived[] = {argv[0], workload, threads, timeout, "--timed-rounds=0"};
    size_t count = pauses ? 5 : 4;
    /* the user's options come last: if an option is given twice, the second holds */
    char *all[count + (size_t)argc];
    memcpy(all, derived, count * sizeof *all);
    memcpy(all + count, argv + 1, (size_t)argc * sizeof *all); /* with NULL at the end */
    return cmd_run((int)count + argc - 1, all);
}

/* Removes an option without a value from the list. False if the list lacks it. */
static bool take_flag(int *argc, char **argv, const char *flag) {
    for (int i = 1; i < *argc; i++)
        if (strcmp(argv[i], flag) == 0) {
            memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof *argv);
            --*argc;
            return true;
        }
    return false;
}

int cmd_replay(int argc, char **argv) {
    if (take_flag(&argc, argv, "--help") || take_flag(&argc, argv, "-?")) {
        fputs(usage, stdout);
        return EXIT_FINE;
    }
    if (argc == 2 && strcmp(argv[1], "--describe") == 0) {
        optiontable_describe(&described, "replay");
        return cmd_run(argc, argv);
    }
    bool pauses = take_flag(&argc, argv, "--pauses");
    if (argc < 2 || argv[1][0] == '-') {
        cmd_complain("name the trace first: tidemark replay TRACE [options]; `tidemark "
                     "replay --help` says more");
        return EXIT_USAGE;
    }
    const char *path = argv[1];
    argv[1] = argv[0];
    return run(path, pauses, argc - 1, argv + 1);
}
