/* Reads the footprint on Linux: from smaps_rollup, which is exact (the counters of statm
 * are not), and from status. */
#include "footprint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "procfile.h"
#include "proctree.h"
#include "reason.h"
#include "smaps.h"

static int read_rollup(pid_t pid, struct smaps_rollup *ret, struct reason *reason) {
    char *text;
    size_t length;
    int error = procfile_read(pid, "smaps_rollup", &text, &length);
    if (error) {
        reason_set(reason, "cannot read smaps_rollup of process %d: %s", (int)pid,
                   strerror(-error));
        return error;
    }
    error = smaps_parse_rollup(text, length, ret, reason);
    free(text);
    return error;
}

static int read_status(pid_t pid, uint64_t *ret_page_tables, uint64_t *ret_peak_rss,
                       struct reason *reason) {
    char *text;
    int error = procfile_read(pid, "status", &text, NULL);
    if (error) {
        reason_set(reason, "cannot read status of process %d: %s", (int)pid,
                   strerror(-error));
        return error;
    }
    if (!procfile_kib_field(text, "VmPTE", ret_page_tables) ||
        !procfile_kib_field(text, "VmHWM", ret_peak_rss)) {
        reason_set(reason,
                   "status of process %d lacks VmPTE or VmHWM: the process is ending",
                   (int)pid);
        error = -ENODATA;
    }
    free(text);
    return error;
}

static int read_by_thread(pid_t pid, struct footprint *ret, struct reason *reason) {
    struct smaps_rollup rollup;
    uint64_t page_tables, peak_rss;
    int error = read_rollup(pid, &rollup, reason);
    if (!error)
        error = read_status(pid, &page_tables, &peak_rss, reason);
    if (error)
        return error;
    *ret = (struct footprint){.pss_anon = rollup.pss_anon,
                              .lazyfree = rollup.lazyfree,
                              .swap_pss = rollup.swap_pss,
                              .pss_shmem = rollup.pss_shmem,
                              .page_tables = page_tables,
                              .rss = rollup.rss,
                              .pss = rollup.pss,
                              .pss_file = rollup.pss_file,
                              .anon_huge = rollup.anon_huge,
                              .peak_rss = peak_rss,
                              .processes = 1};
    return 0;
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
