/* Finds the process tree, from /proc/PID/task/TID/children (CONFIG_PROC_CHILDREN). If the
 * parent of a process dies, the process gets another parent and is no longer found. */
#include "proctree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "footprint.h"
#include "procfile.h"
#include "reason.h"

static int add_children_of_thread(pid_t pid, pid_t tid, pid_t *pids, size_t *count) {
    char name[64], *text, *end;
    snprintf(name, sizeof name, "task/%d/children", (int)tid);
    int error = procfile_read(pid, name, &text, NULL);
    if (error)
        return error;
    for (char *rest = text; !error; rest = end) {
        long child = strtol(rest, &end, 10);
        if (end == rest)
            break;
        if (*count == PROCTREE_MAX)
            error = -E2BIG;
        else
            pids[(*count)++] = (pid_t)child;
    }
    free(text);
    return error;
}

/* Appends the children of every thread of `pid`. A thread that has just ended is no
 * error, unless all have. */
static int add_children(pid_t pid, pid_t *pids, size_t *count) {
    pid_t *tids;
    size_t threads, living = 0;
    int error = procfile_list(pid, &tids, &threads);
    if (error)
        return error;
    for (size_t i = 0; !error && i < threads; i++) {
        error = add_children_of_thread(pid, tids[i], pids, count);
        living += !error;
        error = footprint_has_ended(error) ? 0 : error;
    }
    free(tids);
    return error ? error : living == 0 ? -ENOENT : 0;
}

int proctree_list(pid_t root, pid_t *pids, size_t *ret_count, struct reason *reason) {
    size_t count = 0;
    pids[count++] = root;
    for (size_t i = 0; i < count; i++) {
        int error = add_children(pids[i], pids, &count);
        if (error == -E2BIG) {
            reason_set(reason, "process %d has more than %d descendants", (int)root,
                       PROCTREE_MAX - 1);
            return error;
        }
        if (error && (i == 0 || !footprint_has_ended(error))) {
            reason_set(reason, "cannot list the children of process %d: %s%s",
                       (int)pids[i], strerror(-error),
                       footprint_has_ended(error)
                           ? " (the process has ended, or the kernel lacks "
                             "CONFIG_PROC_CHILDREN)"
                           : "");
            return error;
        }
    }
    *ret_count = count;
    return 0;
}
