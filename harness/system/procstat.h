#ifndef TIDEMARK_HARNESS_PROCSTAT_H
#define TIDEMARK_HARNESS_PROCSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What /proc/PID/stat says of one process. */
struct procstat {
    pid_t pid, parent, group; /* group: of processes, setpgid(2) */
    char name[32];
    char state;
    uint64_t minor_faults; /* of its threads */
    uint64_t cpu_ticks;    /* user and system, of its threads and children waited for */
    uint64_t start_ticks;  /* since boot */
    unsigned threads;
    int status; /* as of wait(), once it is a zombie and we may know */
};

/* -errno where it cannot be read (it has ended, most often), -EBADMSG where it is cut. */
int procstat_read(pid_t pid, struct procstat *ret);

/* Parses the text of a stat file; -EBADMSG, with `ret` untouched, where it is no whole
 * one.
 */
int procstat_parse(const char *text, struct procstat *ret);

/* Whether it has ended and is only waiting to be waited for. */
bool procstat_is_zombie(const struct procstat *stat);

/* All processes that can be seen; the caller frees the array. -errno on failure. */
int procstat_list(struct procstat **ret_list, size_t *ret_count);

#endif
