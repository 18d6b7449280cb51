#ifndef TIDEMARK_HARNESS_EXITS_H
#define TIDEMARK_HARNESS_EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Tells which processes end, by the kernel's own accounting (taskstats over netlink). It
 * also reports processes that lived too short for any sample, even if their own parents
 * have waited for them. It reports every process of the machine. It needs CAP_NET_ADMIN,
 * and Linux 5.19, the first version that tells processes from threads. Without these,
 * exits_open() fails and the watcher does without the reports.
 */
struct exit_note {
    pid_t pid, parent;
    char name[16];
    int status;        /* as wait() reports it */
    uint64_t peak_rss; /* bytes; exact; since the process last called exec */
    uint64_t lived_ns;
    uint64_t cpu_ns;
};

struct exits {
    int fd;
    uint16_t family; /* the generic netlink family's number on this boot */
    uint64_t lost;   /* how often the kernel dropped notes: the record has holes */
};

/* Registers for the exits on every CPU. -errno: usually -EPERM; -ENOTSUP if the kernel is
 * too old. */
int exits_open(struct exits *ret);

/* Hands each note that has arrived to `take`, without waiting. There is one note for each
 * process that ended, and none for its threads. */
void exits_read(struct exits *exits,
                void (*take)(void *context, const struct exit_note *), void *context);

void exits_close(struct exits *exits);

#endif
