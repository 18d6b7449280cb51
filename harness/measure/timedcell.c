#include "timedcell.h"

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
#include "reason.h"
#include "record.h"
#include "transcript.h"

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

/* Runs hyperfine to its end. 1: it was ended at the timeout. */
static int run_hyperfine(const char *json_path, char *line, char *const envp[],
                         unsigned timeout_s, const volatile int *stop,
                         struct child_use *ret_use, struct reason *reason) {
    char *argv[] = {"hyperfine",
                    "--shell=none",
                    "--warmup=0",
                    "--runs=1",
                    "--style=none",
                    "--ignore-failure",
                    "--export-json",
                    (char *)json_path,
                    line,
                    NULL};
    struct child child;
    int error = child_start(&child, argv, envp, -1, reason);
    if (error)
        return error;
    int status;
    error = child_wait(&child, clock_now_ns() + timeout_s * NS_PER_S, stop, &status);
    if (error)
        child_kill(&child);
    if (!error && status != 0) {
        char how[96], errors[400];
        child_describe_status(status, how, sizeof how);
        child_errors(&child, errors, sizeof errors);
        reason_set(reason, "hyperfine %s: %s", how, errors);
        error = -EIO;
    }
    child_finish(&child);
    *ret_use = child.use;
    return error == -ETIMEDOUT ? 1 : error;
}

/* Runs hyperfine with a folder for the verdicts of `tidemark transplant`, which the
 * command may use. Fails the record if something was not transplanted. */
static int run_composed(const char *json_path, char *line, unsigned timeout_s,
                        const volatile int *stop, json_t *record,
                        struct child_use *ret_use, struct reason *reason) {
    struct composed composed;
    struct reason why;
    int outcome = composed_begin(&composed, reason);
    if (outcome)
        return outcome;
    char *added[] = {composed.variable, NULL};
    char **envp = childenv_make(added);
    outcome = -ENOMEM;
    if (envp)
        outcome = run_hyperfine(json_path, line, envp, timeout_s, stop, ret_use, reason);
    else
        reason_set(reason, "out of memory");
    if (outcome == 0 && composed_read(&composed, NULL, NULL, &why) < 0)
        record_fault(record, "not-transplanted", "%s", why.text);
    free(envp);
    composed_finish(&composed);
    return outcome;
}

static int make_line(const struct plan *plan, const struct cell *cell, const char *report,
                     char *line, size_t size) {
    struct command command;
    if (cell->variant->command[0])
        return command_of_shell(cell->variant->command, line, size);
    int error = command_build(&command, plan, cell, report);
    return error ? error : command_to_line(&command, line, size);
}

int timedcell_run(const struct plan *plan, const struct cell *cell, unsigned round,
                  const char *folder, const volatile int *stop, struct child_use *ret_use,
                  json_t **ret_record, struct reason *reason) {
    char report[PATH_MAX], times[PATH_MAX], line[3 * sizeof(struct command)];
    snprintf(report, sizeof report, "%s/timed-report.txt", folder);
    snprintf(times, sizeof times, "%s/timed-hyperfine.json", folder);
    unlink(report);
    unlink(times);
    int error = make_line(plan, cell, report, line, sizeof line);
    if (error) {
        reason_set(reason, "the command line of %s is too long", cell->workload->name);
        return error;
    }
    json_t *record = record_new(cell, round);
    json_object_set_new(record, "builds", json_array());
    struct child_use use = {0};
    int outcome = run_composed(times, line, plan->timeout_s, stop, record, &use, reason);
    if (outcome == 1)
        record_fault(record, "hung", RECORD_HUNG, plan->timeout_s);
    else if (outcome == 0 && !json_object_get(record, "fault"))
        outcome = take_times(record, times, reason);
    if (outcome < 0) {
        json_decref(record);
        return outcome;
    }
    bool speaks = !cell->variant->command[0]; /* writes a report (docs/protocol.md) */
    if (speaks && !json_object_get(record, "fault"))
        transcript_take(record, cell->variant, report);
    record_take_use(record, &use);
    record_settle(record);
    *ret_use = use;
    *ret_record = record;
    return 0;
}
