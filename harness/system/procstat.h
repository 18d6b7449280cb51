#ifndef TIDEMARK_HARNESS_PROCSTAT_H
#define TIDEMARK_HARNESS_PROCSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What /proc/PID/stat says about one process. */
struct procstat {
    pid_t pid, parent, group; /* group: the process group of setpgid(2) */
    char name[32];
    char state;
    uint64_t minor_faults; /* of all its threads */
    uint64_t cpu_ticks;    /* user and system; also of children that it waited for */
    uint64_t start_ticks;  /* since boot */
    unsigned threads;
    int status; /* as wait() reports it; 0 unless it is a zombie and we may see it */
};

/* -errno if it cannot be read (usually it has ended), -EBADMSG if the text is cut off. */
int procstat_read(pid_t pid, struct procstat *ret);

/*
 * Parses the text of a stat file. -EBADMSG, and `ret` untouched, if it is not complete.
 */
int procstat_parse(const char *text, struct procstat *ret);

/* Whether the process has ended and nobody has waited for it yet. */
bool procstat_is_zombie(const struct procstat *stat);

/* Lists all processes that can be seen. The caller frees the array. -errno on failure. */
int procstat_list(struct procstat **ret_list, size_t *ret_count);

#endif
