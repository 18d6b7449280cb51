/* Reads the footprint on Linux: from smaps_rollup, which is exact (the counters of statm
 * are not), and from status. */
#include "footprint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "procfile.h"
#include "procstat.h"
#include "reason.h"

enum { TREE_MAX = 256 }; /* processes */

int footprint_parse_rollup(const char *text, size_t length, struct footprint *ret,
                           struct reason *reason) {
    if (length == 0) {
        reason_set(reason, "smaps_rollup is empty: the process has no memory any more");
        return -ENODATA;
    }
    if (memchr(text, '\0', length)) {
        reason_set(reason, "smaps_rollup holds a NUL byte");
        return -EBADMSG;
    }
    struct footprint parsed = *ret;
    const struct {
        const char *name;
        uint64_t *value;
    } fields[] = {
        {"Rss", &parsed.rss},
        {"Pss", &parsed.pss},
        {"Pss_Anon", &parsed.pss_anon},
        {"Pss_File", &parsed.pss_file},
        {"Pss_Shmem", &parsed.pss_shmem},
        {"LazyFree", &parsed.lazyfree},
        {"SwapPss", &parsed.swap_pss},
        {"AnonHugePages", &parsed.anon_huge},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (!procfile_kib_field(text, fields[i].name, fields[i].value)) {
            reason_set(reason,
                       "smaps_rollup has no complete line \"%s: <number> kB\": it is "
                       "truncated, or the kernel is older than 5.9",
                       fields[i].name);
            return -EBADMSG;
        }
    }
    *ret = parsed;
    return 0;
}

static int read_rollup(pid_t pid, struct footprint *ret, struct reason *reason) {
    char *text;
    size_t length;
    int error = procfile_read(pid, "smaps_rollup", &text, &length);
    if (error) {
        reason_set(reason, "cannot read smaps_rollup of process %d: %s", (int)pid,
                   strerror(-error));
        return error;
    }
    error = footprint_parse_rollup(text, length, ret, reason);
    free(text);
    return error;
}

static int read_status(pid_t pid, struct footprint *ret, struct reason *reason) {
    char *text;
    int error = procfile_read(pid, "status", &text, NULL);
    if (error) {
        reason_set(reason, "cannot read status of process %d: %s", (int)pid,
                   strerror(-error));
        return error;
    }
    if (!procfile_kib_field(text, "VmPTE", &ret->page_tables) ||
        !procfile_kib_field(text, "VmHWM", &ret->peak_rss)) {
        reason_set(reason,
                   "status of process %d lacks VmPTE or VmHWM: the process is ending",
                   (int)pid);
        error = -ENODATA;
    }
    free(text);
    return error;
}

static int read_by_thread(pid_t pid, struct footprint *ret, struct reason *reason) {
    struct footprint footprint = {.processes = 1};
    int error = read_rollup(pid, &footprint, reason);
    if (!error)
        error = read_status(pid, &footprint, reason);
    if (!error)
        *ret = footprint;
    return error;
}

int footprint_read_process(pid_t pid, struct footprint *ret, struct reason *reason) {
    int error = read_by_thread(pid, ret, reason);
    pid_t other = footprint_has_ended(error) ? procfile_memory_thread(pid) : pid;
    return other == pid ? error : read_by_thread(other, ret, reason);
}

void footprint_add(struct footprint *sum, const struct footprint *part) {
    sum->pss_anon += part->pss_anon;
    sum->lazyfree += part->lazyfree;
    sum->swap_pss += part->swap_pss;
    sum->pss_shmem += part->pss_shmem;
    sum->page_tables += part->page_tables;
    sum->rss += part->rss;
    sum->pss += part->pss;
    sum->pss_file += part->pss_file;
    sum->anon_huge += part->anon_huge;
    sum->peak_rss += part->peak_rss;
    sum->processes += part->processes;
}

/* A process that has ended holds no memory, so a sum without it is right. */
bool footprint_has_ended(int error) {
    return error == -ENOENT || error == -ESRCH || error == -ENODATA;
}

/* ---- the tree, from task/TID/children (CONFIG_PROC_CHILDREN) ---- */

/* Calls `call` for each thread. A thread that has just ended is no error, unless all
 * have. */
static int each_thread(pid_t pid, int (*call)(pid_t pid, pid_t tid, void *context),
                       void *context) {
    pid_t *tids;
    size_t threads, living = 0;
    int error = procfile_list(pid, &tids, &threads);
    if (error)
        return error;
    for (size_t i = 0; !error && i < threads; i++) {
        error = call(pid, tids[i], context);
        living += !error;
        error = footprint_has_ended(error) ? 0 : error;
    }
    free(tids);
    return error ? error : living == 0 ? -ENOENT : 0;
}

struct tree {
    size_t count;
    pid_t pids[TREE_MAX]; /* the root first */
};

static int add_children(pid_t pid, pid_t tid, void *context) {
    struct tree *tree = context;
    char name[64], *text, *end;
    snprintf(name, sizeof name, "task/%d/children", (int)tid);
    int error = procfile_read(pid, name, &text, NULL);
    if (error)
        return error;
    for (char *rest = text; !error; rest = end) {
        long child = strtol(rest, &end, 10);
        if (end == rest)
            break;
        if (tree->count == TREE_MAX)
            error = -E2BIG;
        else
            tree->pids[tree->count++] = (pid_t)child;
    }
    free(text);
    return error;
}

/*
 * Lists `root` and all of its living descendants. A descendant that ends meanwhile stays
 * without its children. -errno with `reason` if the children of another process cannot be
 * listed, or if the root has ended. -E2BIG if the tree is too large. If the parent of a
 * process dies, the process gets another parent and is no longer found.
 */
static int list_tree(pid_t root, struct tree *ret, struct reason *reason) {
    *ret = (struct tree){1, {root}};
    for (size_t i = 0; i < ret->count; i++) {
        int error = each_thread(ret->pids[i], add_children, ret);
        if (error == -E2BIG) {
            reason_set(reason, "process %d has more than %d descendants", (int)root,
                       TREE_MAX - 1);
            return error;
        }
        if (error && (i == 0 || !footprint_has_ended(error))) {
            reason_set(reason, "cannot list the children of process %d: %s%s",
                       (int)ret->pids[i], strerror(-error),
                       footprint_has_ended(error)
                           ? " (the process has ended, or the kernel lacks "
                             "CONFIG_PROC_CHILDREN)"
                           : "");
            return error;
        }
    }
    return 0;
}

int footprint_read(pid_t root, struct footprint *ret, struct reason *reason) {
    struct tree tree;
    struct footprint sum = {0};
    int error = list_tree(root, &tree, reason);
    if (error)
        return error;
    for (size_t i = 0; i < tree.count; i++) {
        struct footprint process;
        error = footprint_read_process(tree.pids[i], &process, reason);
        if (!error)
            footprint_add(&sum, &process);
        else if (i == 0 || !footprint_has_ended(error))
            return error;
    }
    *ret = sum;
    return 0;
}

uint64_t footprint_bytes(const struct footprint *footprint) {
    uint64_t held = footprint->pss_anon + footprint->swap_pss + footprint->pss_shmem +
                    footprint->page_tables;
    return held > footprint->lazyfree ? held - footprint->lazyfree : 0;
}

/* ---- the activity, from task/TID/schedstat and task/TID/status ---- */

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

static int add_thread(pid_t pid, pid_t tid, void *context) {
    struct activity *sum = context;
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

int footprint_read_activity(pid_t root, struct activity *ret, struct reason *reason) {
    struct tree tree;
    struct activity sum = {0};
    int error = list_tree(root, &tree, reason);
    if (error)
        return error;
    for (size_t i = 0; i < tree.count; i++) {
        struct activity before = sum;
        struct procstat stat;
        error = procstat_read(tree.pids[i], &stat);
        if (!error)
            error = each_thread(tree.pids[i], add_thread, &sum);
        if (error && (i == 0 || !footprint_has_ended(error))) {
            reason_set(reason, "cannot read the processor time of process %d: %s",
                       (int)tree.pids[i], strerror(-error));
            return error;
        }
        if (error)
            sum = before;
        else
            sum.minor_faults += stat.minor_faults;
    }
    *ret = sum;
    return 0;
}
