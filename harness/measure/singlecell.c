/* docs/protocol.md describes the lines that the workload writes. */
#include "singlecell.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "childenv.h"
#include "clock.h"
#include "command.h"
#include "composed.h"
#include "counts.h"
#include "file.h"
#include "protocol.h"
#include "reason.h"
#include "record.h"

/* The tool under which a kind of cell runs. */
static const struct tool {
    const char *words[8];
    const char
        *output; /* the option for the path of what the tool finds; NULL: no tool */
    const char *option; /* of `tidemark run`, to leave out if the tool is missing */
} tools[CELL_KINDS] = {
    [CELL_TIMED] = {{"hyperfine", "--shell=none", "--warmup=0", "--runs=1",
                     "--style=none", "--ignore-failure"},
                    "--export-json=",
                    NULL},
    [CELL_SYSCALLS] = {{"strace", "-f", "-c", "-U", "calls,name"},
                       "-o",
                       "--syscall-rounds"},
    [CELL_INSTRUCTIONS] = {{"valgrind", "-q", "--tool=cachegrind", "--cache-sim=no",
                            "--trace-children=yes"},
                           "--cachegrind-out-file=",
                           "--instruction-rounds"},
};

/* The scratch files of a run, in its folder. */
struct paths {
    char report[PATH_MAX], output[PATH_MAX]; /* the workload's, and the tool's */
};

/* ---- running ---- */

/* Waits for the end of the process. Fails the record if the process did not end well, but
 * if it is hyperfine, that is the harness's failure. -EINTR if the run must stop. */
static int run_to_end(struct child *child, const struct cell *cell, unsigned timeout_s,
                      const volatile int *stop, json_t *record, struct reason *reason) {
    int status;
    int error = child_wait(child, clock_now_ns() + timeout_s * NS_PER_S, stop, &status);
    if (error) {
        child_kill(child);
        reason_set(reason, "cannot wait for it: %s", strerror(-error));
        if (error != -ETIMEDOUT)
            return error;
        record_fault(record, "hung", RECORD_HUNG, timeout_s);
    } else if (status != 0) {
        char how[96], errors[400];
        child_describe_status(status, how, sizeof how);
        child_errors(child, errors, sizeof errors);
        if (cell->kind == CELL_TIMED) {
            reason_set(reason, "hyperfine %s: %s", how, errors);
            return -EIO;
        }
        record_fault(record, WIFSIGNALED(status) ? "crashed" : "failed",
                     "it %s while it worked: %s", how, errors);
    }
    return 0;
}

/*
 * Starts the workload, under its tool if it has one. hyperfine gets it as one word.
 * Otherwise env(1) sets the workload's environment behind the tool, since the tool itself
 * must not run on the measured allocator.
 */
static int start(struct child *ret, const struct plan *plan, const struct cell *cell,
                 const struct paths *paths, char *const envp[], struct reason *reason) {
    const struct tool *tool = &tools[cell->kind];
    struct command command;
    char output[PATH_MAX + 32], *line = NULL;
    char *argv[16 + COMMAND_ENV_MAX + COMMAND_ARGUMENTS_MAX];
    size_t n = 0;
    int error = command_build(&command, plan, cell, paths->report, reason);
    if (error)
        return error;
    if (!tool->words[0])
        return child_start(ret, command.argv, command.envp, -1, reason);
    while (tool->words[n]) {
        argv[n] = (char *)tool->words[n];
        n++;
    }
    if (tool->output) {
        snprintf(output, sizeof output, "%s%s", tool->output, paths->output);
        argv[n++] = output;
    }
    if (cell->kind == CELL_TIMED) {
        argv[n++] = line = command_to_line(&command, cell->variant);
    } else {
        argv[n++] = "env";
        argv[n++] = "-i";
        for (char *const *word = command.envp; *word; word++)
            argv[n++] = *word;
        for (char *const *word = command.argv; *word; word++)
            argv[n++] = *word;
    }
    argv[n] = NULL;
    error = child_start(ret, argv, envp, -1, reason);
    if (error == -ENOENT && tool->option)
        reason_set(reason, "%s is not installed: install the package %s, or leave %s out",
                   argv[0], argv[0], tool->option);
    free(line);
    return error;
}

/* Runs the workload with a folder for the verdicts of `tidemark transplant`, which a
 * timed command may use. Fails the record if something was not transplanted. */
static int run(const struct plan *plan, const struct cell *cell,
               const struct paths *paths, const volatile int *stop, json_t *record,
               struct child_use *ret_use, struct reason *reason) {
    struct composed composed;
    struct child child;
    struct reason why;
    int error = composed_begin(&composed, reason);
    if (error)
        return error;
    char **envp = childenv_make((char *[]){composed.variable, NULL});
    error = start(&child, plan, cell, paths, envp, reason);
    if (!error) {
        error = run_to_end(&child, cell, plan->timeout_s, stop, record, reason);
        *ret_use = child.use;
        child_finish(&child);
    }
    if (!error && composed_read(&composed, NULL, NULL, &why) < 0)
        record_fault(record, "not-transplanted", "%s", why.text);
    free(envp);
    composed_finish(&composed);
    return error;
}

/* ---- results ---- */

/* Takes over one line of the workload's report. */
static void take_line(json_t *record, const struct variant *variant, const char *text) {
    struct protocol_line line;
    if (!protocol_parse(text, &line)) {
        record_fault(record, "garbage", RECORD_GARBAGE, text);
    } else if (strcmp(line.verb, "allocator") == 0) {
        const char *loaded = protocol_get(&line, "malloc");
        json_object_set_new(record, "malloc", json_string(loaded ? loaded : ""));
        if (!loaded || !variant_provides(variant, loaded))
            record_fault(record, "not-loaded", "malloc comes from %s, not from %s",
                         loaded ? loaded : "nowhere", variant->library);
    } else {
        const char *lacks = record_take_line(record, &line);
        if (lacks)
            record_fault(record, "garbage", "%s", lacks);
    }
}

/* Takes over the lines of the report. Fails the record if there is no report, if a line
 * is not one of the protocol, if malloc is not the variant's, or if there is no result.
 */
static void take_report(json_t *record, const struct variant *variant, const char *path) {
    char *text;
    if (file_read(path, &text, NULL) < 0) {
        record_fault(record, "incomplete", "it wrote no report");
        return;
    }
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            take_line(record, variant, line);
    free(text);
    if (!json_object_get(record, "malloc") || !json_object_get(record, "work"))
        record_fault(record, "incomplete",
                     "its report lacks the allocator or the result");
}

/* Takes the times from the file that hyperfine wrote for one run of one command. */
static int take_times(json_t *record, const char *path, struct reason *reason) {
    json_error_t error;
    json_t *json = json_load_file(path, 0, &error);
    int exit_code;
    double wall, user, sys;
    int bad = !json || json_unpack(json, "{s:[{s:[F], s:F, s:F, s:[i]}]}", "results",
                                   "times", &wall, "user", &user, "system", &sys,
                                   "exit_codes", &exit_code) < 0;
    if (bad) {
        reason_set(reason, "hyperfine's result %s is not as expected: %s", path,
                   json ? "a field is missing" : error.text);
    } else if (exit_code > 128) { /* hyperfine adds the signal's number, as shells do */
        record_fault(record, "crashed", "it was ended by signal %d (%s) while it worked",
                     exit_code - 128, strsignal(exit_code - 128));
    } else if (exit_code != 0) {
        record_fault(record, "failed", "it exited with %d while it worked", exit_code);
    } else {
        json_object_set_new(record, "wall_s", json_real(wall));
        json_object_set_new(record, "user_s", json_real(user));
        json_object_set_new(record, "sys_s", json_real(sys));
    }
    json_decref(json);
    return bad ? -EBADMSG : 0;
}

static void take_counts(json_t *record, enum cell_kind kind, const char *path) {
    bool syscalls = kind == CELL_SYSCALLS;
    char *text = NULL; /* stays NULL without a file */
    file_read(path, &text, NULL);
    json_t *counts =
        text ? (syscalls ? counts_syscalls : counts_instructions)(text) : NULL;
    free(text);
    if (counts)
        json_object_set_new(record, syscalls ? "syscalls" : "instructions", counts);
    else
        record_fault(record, "incomplete", "%s",
                     syscalls ? "strace wrote no table of system calls"
                              : "valgrind wrote no count of instructions");
}

/* Takes the report, and what the tool has found, into the record. */
static int take_results(json_t *record, const struct cell *cell,
                        const struct paths *paths, struct reason *reason) {
    int error = 0;
    if (cell->kind == CELL_TIMED)
        error = take_times(record, paths->output, reason);
    if (!error && !record_has_failed(record) && !cell->variant->command[0])
        take_report(record, cell->variant, paths->report);
    if (cell->kind == CELL_SYSCALLS || cell->kind == CELL_INSTRUCTIONS)
        take_counts(record, cell->kind, paths->output);
    if (cell->kind == CELL_LATENCY && !json_object_get(record, "latency"))
        record_fault(record, "incomplete", "it reported no latencies (--latency=1)");
    return error;
}

int singlecell_run(const struct plan *plan, const struct cell *cell, unsigned round,
                   const char *folder, const volatile int *stop,
                   struct child_use *ret_use, json_t **ret_record,
                   struct reason *reason) {
    struct paths paths;
    snprintf(paths.report, sizeof paths.report, "%s/single-report.txt", folder);
    snprintf(paths.output, sizeof paths.output, "%s/single-output.txt", folder);
    unlink(paths.report);
    unlink(paths.output);
    uint64_t started_ns = clock_now_ns();
    json_t *record = record_new(cell, round);
    json_object_set_new(record, "builds", json_array());
    int error = run(plan, cell, &paths, stop, record, ret_use, reason);
    if (!error && cell->kind != CELL_TIMED)
        json_object_set_new(record, "active_ms",
                            json_real((double)(clock_now_ns() - started_ns) / NS_PER_MS));
    if (!error && !record_has_failed(record))
        error = take_results(record, cell, &paths, reason);
    if (error) {
        json_decref(record);
        return error;
    }
    record_take_use(record, ret_use);
    record_settle(record);
    *ret_record = record;
    return 0;
}
