/*
 * Reads what a process tree runs, on Linux: from task/TID/schedstat and task/TID/status.
 */
#include "activity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "footprint.h"
#include "procfile.h"
#include "procstat.h"
#include "proctree.h"
#include "reason.h"

/* Reads the number that follows `label` in a file of one thread. */
static int read_number(pid_t pid, pid_t tid, const char *file, const char *label,
                       uint64_t *ret) {
    char name[64], *text;
    snprintf(name, sizeof name, "task/%d/%s", (int)tid, file);
    int error = procfile_read(pid, name, &text, NULL);
    if (error)
        return error;
    const char *found = strstr(text, label);
    if (!found || sscanf(found + strlen(label), "%" SCNu64, ret) != 1)
        error = -ENODATA;
    free(text);
    return error;
}

static int add_thread(pid_t pid, pid_t tid, struct activity *sum) {
    uint64_t cpu_ns, wakeups;
    int error = read_number(pid, tid, "schedstat", "", &cpu_ns);
    if (!error)
        error = read_number(pid, tid, "status", "\nvoluntary_ctxt_switches:", &wakeups);
    if (error)
        return error;
    sum->cpu_ns += cpu_ns;
    sum->wakeups += wakeups;
    return 0;
}

/* Leaves out a thread that ends meanwhile. It is an error if no thread can be read. */
static int add_process(pid_t pid, struct activity *sum) {
    pid_t *tids;
    size_t threads, living = 0;
    struct procstat stat;
    int error = procstat_read(pid, &stat);
    if (!error)
        error = procfile_list(pid, &tids, &threads);
    if (error)
        return error;
    for (size_t i = 0; !error && i < threads; i++) {
        error = add_thread(pid, tids[i], sum);
        living += !error;
        error = footprint_has_ended(error) ? 0 : error;
    }
    free(tids);
    sum->minor_faults += stat.minor_faults;
    return error ? error : living == 0 ? -ENOENT : 0;
}

int activity_read(pid_t root, struct activity *ret, struct reason *reason) {
    pid_t pids[PROCTREE_MAX];
    size_t count;
    int error = proctree_list(root, pids, &count, reason);
    if (error)
        return error;
    struct activity sum = {0};
    for (size_t i = 0; i < count; i++) {
        struct activity before = sum;
        error = add_process(pids[i], &sum);
        if (error && (i == 0 || !footprint_has_ended(error))) {
            reason_set(reason, "cannot read the processor time of process %d: %s",
                       (int)pids[i], strerror(-error));
            return error;
        }
        if (error)
            sum = before;
    }
    *ret = sum;
    return 0;
}
