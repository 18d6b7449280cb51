/* See latencycell.h. */
#include "latencycell.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "command.h"
#include "reason.h"
#include "record.h"
#include "transcript.h"

/* How it ended, into the record; -EINTR where the run is to stop. */
static int run_to_end(struct child *child, unsigned timeout_s, const volatile int *stop,
                      json_t *record) {
    int status;
    int error = child_wait(child, clock_now_ns() + timeout_s * NS_PER_S, stop, &status);
    if (error) {
        child_kill(child);
        if (error != -ETIMEDOUT)
            return error;
        record_fault(record, "hung",
                     "it had not finished its work after %u s (--timeout)", timeout_s);
    } else if (status != 0) {
        char how[96], errors[400];
        child_describe_status(status, how, sizeof how);
        child_errors(child, errors, sizeof errors);
        record_fault(record, WIFSIGNALED(status) ? "crashed" : "failed",
                     "it %s while it worked: %s", how, errors);
    }
    return 0;
}

int latencycell_run(const struct plan *plan, const struct cell *cell, unsigned round,
                    const char *folder, const volatile int *stop, json_t **ret_record,
                    struct reason *reason) {
    char report[PATH_MAX];
    snprintf(report, sizeof report, "%s/latency-report.txt", folder);
    unlink(report);
    struct command command;
    struct child child;
    int error = command_build(&command, plan, cell, report);
    if (error)
        reason_set(reason, "the command line of %s is too long", cell->workload->name);
    else
        error = child_start(&child, command.argv, command.envp, -1, reason);
    if (error)
        return error;
    json_t *record = record_new(cell, round);
    json_object_set_new(record, "builds", json_array());
    json_object_set_new(record, "latency", json_array());
    error = run_to_end(&child, plan->timeout_s, stop, record);
    child_finish(&child);
    if (error) {
        json_decref(record);
        return error;
    }
    transcript_take(record, cell->variant, report);
    if (json_array_size(json_object_get(record, "latency")) == 0)
        record_fault(record, "incomplete", "it reported no latencies (--latency=1)");
    record_settle(record);
    *ret_record = record;
    return 0;
}
