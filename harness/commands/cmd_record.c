/* tidemark record [-o TRACE] -- CMD... */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "childenv.h"
#include "clock.h"
#include "cmd.h"
#include "composed.h"
#include "foreground.h"
#include "optiontable.h"
#include "paths.h"
#include "profile.h"
#include "rawfile.h"
#include "reason.h"
#include "recording.h"
#include "table.h"
#include "trace.h"
#include "units.h"

enum { COMPRESSION = 9 }; /* zstd's level: a third of 19's time */

struct arguments {
    struct words program; /* at NULL: nothing to run */
    const char *trace, *recover;
    char folder[PATH_MAX - 32]; /* of the raw files */
    uint64_t mib_max, calls_min;
    double idle_pause_s; /* 0: nothing is marked */
    bool keep_raw;
};

static const struct option_row option_rows[] = {
    TEXT(0, 'o', "output", "TRACE", trace,
         "write the trace to this file (default: recorded.trace); those of further "
         "processes go to TRACE.2, TRACE.3, ..."),
    WHOLE(0, 0, "max-size", "MIB", mib_max, 1, 1 << 20,
          "stop recording when the raw files of all processes have this size; the "
          "program goes on. A call takes 32 bytes (default: 1024)"),
    WHOLE(0, 0, "min-calls", "N", calls_min, 0, UINT32_MAX,
          "write no trace of a further process with fewer calls (default: 1000)"),
    NUMBER(0, 0, "idle-pause", "SECONDS", idle_pause_s, 0.01, 86400,
           "mark in the trace where the program went idle: at the last pause of this "
           "length without a call (for `replay` with teardown=0)"),
    FLAG(0, 0, "keep-raw", keep_raw, "keep the raw files, in TRACE.raw"),
    TEXT(0, 0, "recover", "FOLDER", recover,
         "run nothing: make traces of the raw files that a killed recording left in "
         "TRACE.raw"),
};

static void check(struct argp_state *state) {
    const struct arguments *a = state->input;
    if (!a->program.at == !a->recover)
        argp_error(state, "say what to record: either -- CMD... or --recover");
}

/* Runs the program with the recorder preloaded. -EINTR after a signal; another -errno
 * with `reason` if the program did not start. */
static int run_program(const struct arguments *a, const struct composed *composed,
                       int *ret_status, struct reason *reason) {
    char library[PATH_MAX], absolute[PATH_MAX];
    int error = paths_in_build(library, sizeof library, "lib/libtidemark-recorder.so");
    if (error || access(library, R_OK) < 0) {
        reason_set(reason, "there is no recorder at %s; build the whole project",
                   error ? "the build folder" : library);
        return -ENOENT;
    }
    if (!realpath(a->folder, absolute)) {
        error = -errno;
        reason_set(reason, "cannot find %s: %s", a->folder, strerror(-error));
        return error;
    }
    char folder[PATH_MAX + sizeof RAW_FOLDER_VARIABLE + 1];
    snprintf(folder, sizeof folder, RAW_FOLDER_VARIABLE "=%s", absolute);
    char *preload = childenv_preload(library);
    char *added[] = {preload, folder, composed->variable, NULL};
    error = foreground_run(a->program.at, added, true, ret_status, reason);
    free(preload);
    return error;
}

/* ---- the traces ---- */

static void add_row(struct table *table, const struct recording_file *file,
                    const struct trace *trace, const char *path) {
    if (table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", path);
    table_set(table, 1, "%s", file->program);
    table_set(table, 2, "%u", file->head->pid);
    table_set(table, 3, "%llu", (unsigned long long)file->calls);
    table_set(table, 4, "%u", trace->threads);
    table_set(table, 5, "%.2f",
              (double)profile_find_instants(trace, false).peak_bytes / MIB);
}

/* Prints what a reader of the trace must know. */
static void tell_facts(const struct recording_file *file,
                       const struct recording_facts *facts, const char *path) {
    const struct {
        uint64_t count;
        const char *what;
    } list[] = {
        {facts->strangers, "calls concern blocks that are older than the recording: a "
                           "free is left out, a realloc counts as a malloc"},
        {facts->implied, "frees were not seen; the trace has them where the address was "
                         "used again"},
        {facts->missing, "calls are missing, since the process ended during them"},
        {facts->nested, "calls are not recorded, since a signal handler made them during "
                        "another call"},
        {facts->clamped, "sizes of 4 GiB or more are recorded as 4 GiB, the largest that "
                         "a trace holds"},
        {facts->inherited, "objects were inherited from the parent at the fork"}};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (list[i].count)
            cmd_complain("%s: %llu %s", path, (unsigned long long)list[i].count,
                         list[i].what);
    if (file->head->lost_order != UINT64_MAX)
        cmd_complain("%s holds only the beginning: there was no room for the rest", path);
}

/* Marks where the program went idle, if --idle-pause was given. Prints the time, or
 * complains that no pause shows it. */
static void mark_idle(const struct arguments *a, struct trace *trace, const char *path) {
    uint64_t at_ns;
    if (a->idle_pause_s <= 0)
        return;
    if (recording_mark_idle(trace, (uint64_t)(a->idle_pause_s * NS_PER_S), &at_ns))
        printf("%s: went idle after %.1f s\n", path, (double)at_ns / NS_PER_S);
    else
        cmd_complain("%s: no pause of %g s or more is followed by a call, so nothing is "
                     "marked as idle",
                     path, a->idle_pause_s);
}

static int write_one(const struct arguments *a, const struct recording *recording,
                     const struct recording_file *file, const char *path,
                     struct table *table) {
    struct recording_facts facts;
    struct reason reason;
    struct trace trace;
    if (recording_convert(recording, file, &trace, &facts, &reason) < 0) {
        cmd_complain("%s", reason.text);
        return EXIT_MEASUREMENT;
    }
    mark_idle(a, &trace, path);
    struct trace_fault fault;
    int error = trace_write(path, &trace, COMPRESSION, &fault);
    if (error) {
        cmd_complain("%s", fault.text);
    } else {
        add_row(table, file, &trace, path);
        tell_facts(file, &facts, path);
    }
    trace_free(&trace);
    return error ? EXIT_MEASUREMENT : EXIT_FINE;
}

static int write_all(const struct arguments *a, const struct recording *recording) {
    static struct table table;
    static const char *const header[] = {"trace", "program", "process",
                                         "calls", "threads", "peak live MiB"};
    uint64_t left_out = 0, calls_left_out = 0;
    int code = EXIT_FINE;
    table_begin(&table, sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < recording->count && code == EXIT_FINE; i++) {
        const struct recording_file *file = &recording->files[i];
        char path[PATH_MAX];
        if (i > 0 && file->calls < a->calls_min) {
            left_out++;
            calls_left_out += file->calls;
            continue;
        }
        snprintf(path, sizeof path, i ? "%s.%zu" : "%s", a->trace, i + 1);
        code = write_one(a, recording, file, path, &table);
    }
    table_print_terminal(&table, stdout);
    if (left_out)
        printf("%llu further processes made %llu calls together; they have no trace, "
               "since each made fewer than --min-calls=%llu\n",
               (unsigned long long)left_out, (unsigned long long)calls_left_out,
               (unsigned long long)a->calls_min);
    return code;
}

/* Makes traces of the raw files in `folder`. Removes the folder after a recording, unless
 * it is still of use. */
static int convert(const struct arguments *a, const char *folder) {
    struct recording recording;
    struct reason reason;
    if (recording_open(&recording, folder, &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    int code = EXIT_MEASUREMENT;
    bool is_empty = recording.count == 0 || recording.files[0].calls == 0;
    if (!is_empty)
        code = write_all(a, &recording);
    else if (!recording.unreadable)
        cmd_complain(
            "nothing was recorded: no process takes malloc from a shared library (is the "
            "program statically linked, or does it have its own allocator?)");
    if (recording.unreadable) {
        cmd_complain("%u raw files cannot be read (the last one: %s), so their processes "
                     "have no trace; make them readable, then use --recover=%s",
                     recording.unreadable, strerror(-recording.read_error), folder);
        code = EXIT_MEASUREMENT; /* the raw files stay */
        is_empty = false;
    }
    if (recording.error)
        cmd_complain("the recorder could not write further calls: %s",
                     strerror(recording.error));
    if (recording.unrecorded)
        cmd_complain("%u processes are not recorded, since there was no room when they "
                     "made their first call; give more by --max-size",
                     recording.unrecorded);
    recording_finish(&recording);
    if (a->recover || a->keep_raw)
        return code;
    if (code == EXIT_FINE || is_empty)
        recording_remove(folder);
    else
        cmd_complain("the raw files are kept; `tidemark record --recover %s` makes "
                     "traces of them",
                     folder);
    return code;
}

/* Makes traces of what the program left. If an addon was not transplanted as it should
 * have been, the recording lacks its calls and is useless: it is removed. */
static int take_recording(const struct arguments *a, const struct composed *composed) {
    if (cmd_read_verdicts(composed) < 0) {
        cmd_complain("no trace is written, since the recording lacks the calls of what "
                     "was not transplanted");
        recording_remove(a->folder);
        return EXIT_MEASUREMENT;
    }
    return convert(a, a->folder);
}

static int record_in(struct arguments *a, const struct composed *composed) {
    struct reason reason = {"out of memory"};
    int status = 0, error = recording_prepare(a->folder, a->mib_max << 20, &reason);
    if (error) {
        cmd_complain("%s", reason.text);
        return EXIT_USAGE;
    }
    error = run_program(a, composed, &status, &reason);
    if (error && error != -EINTR) {
        cmd_complain("%s", reason.text);
        recording_remove(a->folder);
        return EXIT_USAGE;
    }
    recording_stop(a->folder);
    char words[96];
    child_describe_status(status, words, sizeof words);
    if (error)
        cmd_complain("interrupted; what was recorded until then is kept");
    else if (status)
        cmd_complain("%s %s", a->program.at[0], words);
    int code = take_recording(a, composed);
    return code != EXIT_FINE ? code : error ? EXIT_MEASUREMENT : EXIT_FINE;
}

static int record(struct arguments *a) {
    struct composed composed;
    struct reason reason;
    if (snprintf(a->folder, sizeof a->folder, "%s.raw", a->trace) >=
        (int)sizeof a->folder)
        cmd_fail(EXIT_USAGE, "the trace's path is too long");
    if (composed_begin(&composed, &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    int code = record_in(a, &composed);
    composed_finish(&composed);
    return code;
}

int cmd_record(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .most = INT_MAX,
        .check = check,
        .flags = ARGP_IN_ORDER,
        .usage = "-- CMD...",
        .doc = "Record the allocator calls of a program and all its processes.\vrecord "
               "preloads a library that notes every call of malloc and its kin and "
               "passes it on. TRACE holds the process with the most calls "
               "(docs/trace.md). A program that crashes or is killed leaves a readable "
               "trace, too. Recording ends with the last process, or on Ctrl-C, which "
               "ends all processes. Exit code 0: recorded, however the program ended; 2: "
               "bad input; 3: nothing was recorded, a raw file could not be read, a "
               "transplant in the program was refused, or the recording was "
               "interrupted."};
    struct arguments a = {.trace = "recorded.trace", .mib_max = 1024, .calls_min = 1000};
    optiontable_parse(&table, argc, argv, &a);
    return a.recover ? convert(&a, a.recover) : record(&a);
}
