/*
 * Reads what a process tree runs, on Linux: from task/TID/schedstat and task/TID/status.
 */
#include "activity.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "footprint.h"
#include "procfile.h"
#include "procstat.h"
#include "proctree.h"
#include "reason.h"

/* Reads the number that follows `label` in a file of one thread. */
static int read_number(pid_t pid, const char *task, const char *file, const char *label,
                       uint64_t *ret) {
    char name[64], *text;
    snprintf(name, sizeof name, "task/%.20s/%s", task, file);
    int error = procfile_read(pid, name, &text, NULL);
    if (error)
        return error;
    const char *found = strstr(text, label);
    if (!found || sscanf(found + strlen(label), "%" SCNu64, ret) != 1)
        error = -ENODATA;
    free(text);
    return error;
}

static int add_thread(pid_t pid, const char *task, struct activity *sum) {
    uint64_t cpu_ns, wakeups;
    int error = read_number(pid, task, "schedstat", "", &cpu_ns);
    if (!error)
        error = read_number(pid, task, "status", "\nvoluntary_ctxt_switches:", &wakeups);
    if (error)
        return error;
    sum->cpu_ns += cpu_ns;
    sum->wakeups += wakeups;
    return 0;
}

/* Leaves out a thread that ends meanwhile. It is an error if no thread can be read. */
static int add_process(pid_t pid, struct activity *sum) {
    char path[PATH_MAX];
    struct procstat stat;
    int error = procstat_read(pid, &stat);
    if (error)
        return error;
    procfile_path(path, sizeof path, pid, "task");
    DIR *folder = opendir(path);
    if (!folder)
        return -errno;
    size_t threads = 0;
    for (struct dirent *entry; !error && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        error = add_thread(pid, entry->d_name, sum);
        threads += !error;
        error = footprint_has_ended(error) ? 0 : error;
    }
    closedir(folder);
    sum->minor_faults += stat.minor_faults;
    return error ? error : threads == 0 ? -ENOENT : 0;
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
