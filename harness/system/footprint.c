/* Reads the footprint on Linux: from smaps_rollup, which is exact (the counters of statm
 * are not), and from status. */
#include "footprint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "procfile.h"
#include "proctree.h"
#include "reason.h"

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

int footprint_read(pid_t root, struct footprint *ret, struct reason *reason) {
    pid_t pids[PROCTREE_MAX];
    size_t count;
    int error = proctree_list(root, pids, &count, reason);
    if (error)
        return error;
    struct footprint sum = {0};
    for (size_t i = 0; i < count; i++) {
        struct footprint process;
        error = footprint_read_process(pids[i], &process, reason);
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
