#include "directcell.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "command.h"
#include "file.h"
#include "instructions.h"
#include "reason.h"
#include "record.h"
#include "syscalls.h"
#include "transcript.h"

extern char **environ;

/* The scratch files of a run, in its folder. */
struct paths {
    char report[PATH_MAX], counts[PATH_MAX];
};

static bool is_counted(const struct cell *cell) {
    return cell->kind == CELL_SYSCALLS || cell->kind == CELL_INSTRUCTIONS;
}

/*
 * Starts the workload under strace or valgrind. env(1) sets the workload's environment
 * behind them, since the counter itself must not run on the measured allocator.
 */
static int start_counted(struct child *ret, const struct cell *cell,
                         const struct command *command, const struct paths *paths,
                         struct reason *reason) {
    static const char *const strace[] = {"strace", "-f", "-c", "-U", "calls,name", NULL};
    static const char *const valgrind[] = {
        "valgrind", "-q", "--tool=cachegrind", "--cache-sim=no", "--trace-children=yes",
        NULL};
    bool syscalls = cell->kind == CELL_SYSCALLS;
    char output[PATH_MAX + 32];
    snprintf(output, sizeof output, syscalls ? "-o%s" : "--cachegrind-out-file=%s",
             paths->counts);
    char *argv[16 + COMMAND_ENV_MAX + COMMAND_ARGUMENTS_MAX];
    size_t n = 0;
    for (const char *const *word = syscalls ? strace : valgrind; *word; word++)
        argv[n++] = (char *)*word;
    argv[n++] = output;
    argv[n++] = "env";
    argv[n++] = "-i";
    for (char *const *word = command->envp; *word; word++)
        argv[n++] = *word;
    for (char *const *word = command->argv; *word; word++)
        argv[n++] = *word;
    argv[n] = NULL;
    int error = child_start(ret, argv, environ, -1, reason);
    if (error == -ENOENT)
        reason_set(reason, "%s is not installed: install the package %s, or leave %s out",
                   argv[0], argv[0],
                   syscalls ? "--syscall-rounds" : "--instruction-rounds");
    return error;
}

static int start(struct child *ret, const struct plan *plan, const struct cell *cell,
                 const struct paths *paths, struct reason *reason) {
    struct command command;
    int error = command_build(&command, plan, cell, paths->report);
    if (error) {
        reason_set(reason, "the command line of %s is too long", cell->workload->name);
        return error;
    }
    if (is_counted(cell))
        return start_counted(ret, cell, &command, paths, reason);
    return child_start(ret, command.argv, command.envp, -1, reason);
}

/* Waits for the end of the process, and fails the record if it did not end well. -EINTR
 * if the run must stop. */
static int run_to_end(struct child *child, unsigned timeout_s, const volatile int *stop,
                      json_t *record) {
    int status;
    int error = child_wait(child, clock_now_ns() + timeout_s * NS_PER_S, stop, &status);
    if (error) {
        child_kill(child);
        if (error != -ETIMEDOUT)
            return error;
        record_fault(record, "hung", RECORD_HUNG, timeout_s);
    } else if (status != 0) {
        char how[96], errors[400];
        child_describe_status(status, how, sizeof how);
        child_errors(child, errors, sizeof errors);
        record_fault(record, WIFSIGNALED(status) ? "crashed" : "failed",
                     "it %s while it worked: %s", how, errors);
    }
    return 0;
}

static void take_syscalls(json_t *record, const char *text) {
    json_t *counts = syscalls_parse(text);
    if (counts)
        json_object_set_new(record, "syscalls", counts);
    else
        record_fault(record, "incomplete", "strace wrote no table of system calls");
}

static void take_instructions(json_t *record, const char *text) {
    long long count;
    if (instructions_parse(text, &count))
        json_object_set_new(record, "instructions", json_integer(count));
    else
        record_fault(record, "incomplete", "valgrind wrote no count of instructions");
}

static void take_counts(json_t *record, const struct cell *cell, const char *path) {
    char *text = NULL; /* stays NULL without a file */
    file_read(path, &text, NULL);
    (cell->kind == CELL_SYSCALLS ? take_syscalls : take_instructions)(record,
                                                                      text ? text : "");
    free(text);
}

/* Takes the report, and the counts or latencies, into the record. */
static void take_result(json_t *record, const struct cell *cell,
                        const struct paths *paths) {
    transcript_take(record, cell->variant, paths->report);
    if (is_counted(cell))
        take_counts(record, cell, paths->counts);
    else if (json_array_size(json_object_get(record, "latency")) == 0)
        record_fault(record, "incomplete", "it reported no latencies (--latency=1)");
    record_settle(record);
}

int directcell_run(const struct plan *plan, const struct cell *cell, unsigned round,
                   const char *folder, const volatile int *stop,
                   struct child_use *ret_use, json_t **ret_record,
                   struct reason *reason) {
    struct paths paths;
    struct child child;
    snprintf(paths.report, sizeof paths.report, "%s/direct-report.txt", folder);
    snprintf(paths.counts, sizeof paths.counts, "%s/direct-counts.txt", folder);
    unlink(paths.report);
    unlink(paths.counts);
    uint64_t started_ns = clock_now_ns();
    int error = start(&child, plan, cell, &paths, reason);
    if (error)
        return error;
    json_t *record = record_new(cell, round);
    json_object_set_new(record, "builds", json_array());
    json_object_set_new(record, "latency", json_array());
    error = run_to_end(&child, plan->timeout_s, stop, record);
    record_take_use(record, &child.use);
    *ret_use = child.use;
    child_finish(&child);
    if (error) {
        json_decref(record);
        return error;
    }
    double active_ms = (double)(clock_now_ns() - started_ns) / NS_PER_MS;
    json_object_set_new(record, "active_ms", json_real(active_ms));
    take_result(record, cell, &paths);
    *ret_record = record;
    return 0;
}
