/* See timedcell.h. */
#include "timedcell.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "command.h"
#include "file.h"
#include "protocol.h"
#include "reason.h"

extern char **environ;

__attribute__((format(printf, 3, 4))) static void fail(json_t *record, const char *fault,
                                                       const char *format, ...) {
    if (json_object_get(record, "fault"))
        return; /* the first is the cause */
    struct reason reason;
    va_list args;
    va_start(args, format);
    vsnprintf(reason.text, sizeof reason.text, format, args);
    va_end(args);
    json_object_set_new(record, "fault", json_string(fault));
    json_object_set_new(record, "reason", json_string(reason.text));
}

/* A line `case`: the time of one loop of `micro`. */
static void take_case(json_t *record, const struct protocol_line *line) {
    static const char *const numbers[] = {"pairs", "cpu", "loop", NULL};
    const char *name = protocol_get(line, "name");
    json_t *entry = json_object(), *cases = json_object_get(record, "cases");
    if (!name || !protocol_numbers_to_json(line, numbers, entry)) {
        json_decref(entry);
        fail(record, "garbage", "a \"case\" line lacks its name or a number");
        return;
    }
    json_object_set_new(entry, "name", json_string(name));
    if (!cases)
        json_object_set_new(record, "cases", cases = json_array());
    json_array_append_new(cases, entry);
}

/* Takes over one line of the workload's report. */
static void take_line(json_t *record, const struct variant *variant, const char *text) {
    static const char *const numbers[] = {"ops",    "wall",   "user", "sys",
                                          "minflt", "majflt", NULL};
    struct protocol_line line;
    if (!protocol_parse(text, &line)) {
        fail(record, "garbage", "it printed \"%.60s\", which is no line of the protocol",
             text);
    } else if (strcmp(line.verb, "allocator") == 0) {
        const char *loaded = protocol_get(&line, "malloc");
        json_object_set_new(record, "malloc", json_string(loaded ? loaded : ""));
        if (!loaded || !variant_provides(variant, loaded))
            fail(record, "not-loaded", "malloc comes from %s, not from %s",
                 loaded ? loaded : "nowhere", variant->library);
    } else if (strcmp(line.verb, "case") == 0) {
        take_case(record, &line);
    } else if (strcmp(line.verb, "result") == 0) {
        json_t *work = json_object();
        const char *checksum = protocol_get(&line, "checksum");
        if (!checksum || !protocol_numbers_to_json(&line, numbers, work))
            fail(record, "garbage", "its \"result\" line lacks the checksum or a number");
        else
            json_object_set_new(record, "checksum", json_string(checksum));
        json_object_set_new(record, "work", work);
    }
}

static void take_report(json_t *record, const struct variant *variant, const char *path) {
    char *text;
    if (file_read(path, &text, NULL) < 0) {
        fail(record, "incomplete", "it wrote no report");
        return;
    }
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            take_line(record, variant, line);
    free(text);
    if (!json_object_get(record, "malloc") || !json_object_get(record, "work"))
        fail(record, "incomplete", "its report lacks the allocator or the result");
}

/* hyperfine's own file: one command, one run. */
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
        fail(record, "crashed", "it was ended by signal %d (%s) while it worked",
             exit_code - 128, strsignal(exit_code - 128));
    } else if (exit_code != 0) {
        fail(record, "failed", "it exited with %d while it worked", exit_code);
    } else {
        json_object_set_new(record, "wall_s", json_real(wall));
        json_object_set_new(record, "user_s", json_real(user));
        json_object_set_new(record, "sys_s", json_real(sys));
    }
    json_decref(json);
    return bad ? -EBADMSG : 0;
}

/* Runs hyperfine to its end. 1: it was still running at the timeout and has been ended.
 */
static int run_hyperfine(const char *json_path, char *line, unsigned timeout_s,
                         const volatile int *stop, struct reason *reason) {
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
    int error = child_start(&child, argv, environ, -1, reason);
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
    return error == -ETIMEDOUT ? 1 : error;
}

static json_t *new_record(const struct cell *cell, unsigned round) {
    char key[192];
    plan_cell_key(cell, round, key, sizeof key);
    return json_pack("{s:s, s:s, s:i, s:s, s:s, s:i}", "key", key, "kind", "timed",
                     "round", (int)round, "workload", cell->workload->name, "variant",
                     cell->variant->name, "threads", (int)cell->threads);
}

int timedcell_run(const struct plan *plan, const struct cell *cell, unsigned round,
                  const char *folder, const volatile int *stop, json_t **ret_record,
                  struct reason *reason) {
    char report[PATH_MAX], times[PATH_MAX], line[3 * sizeof(struct command)];
    snprintf(report, sizeof report, "%s/timed-report.txt", folder);
    snprintf(times, sizeof times, "%s/timed-hyperfine.json", folder);
    unlink(report);
    unlink(times);
    struct command command;
    int error = command_build(&command, plan, cell, report);
    if (!error)
        error = command_to_line(&command, line, sizeof line);
    if (error) {
        reason_set(reason, "the command line of %s is too long", cell->workload->name);
        return error;
    }
    json_t *record = new_record(cell, round);
    int outcome = run_hyperfine(times, line, plan->timeout_s, stop, reason);
    if (outcome == 1)
        fail(record, "hung", "it had not finished its work after %u s (--timeout)",
             plan->timeout_s);
    else if (outcome == 0)
        outcome = take_times(record, times, reason);
    if (outcome < 0) {
        json_decref(record);
        return outcome;
    }
    if (!json_object_get(record, "fault"))
        take_report(record, cell->variant, report);
    json_object_set_new(record, "status",
                        json_string(json_object_get(record, "fault") ? "failed" : "ok"));
    *ret_record = record;
    return 0;
}
