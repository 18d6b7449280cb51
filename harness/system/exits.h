#ifndef TIDEMARK_HARNESS_EXITS_H
#define TIDEMARK_HARNESS_EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Processes that end, by the kernel's own accounting (taskstats over netlink). It also
 * reports processes that lived too short for any sample, and whose own parents waited for
 * them. It reports every process of the machine. It needs CAP_NET_ADMIN, and Linux 5.19,
 * which first tells processes from threads. Without these exits_open() fails, and the
 * watcher does without.
 */
struct exit_note {
    pid_t pid, parent;
    char name[16];
    int status;        /* as of wait() */
    uint64_t peak_rss; /* bytes; exact, of this program since its exec */
    uint64_t lived_ns;
    uint64_t cpu_ns;
};

struct exits {
    int fd;
    uint16_t family; /* the generic netlink family's number on this boot */
    uint64_t lost;   /* times that the kernel had to drop notes: the record has holes */
};

/*
 * Registers for the exits on every CPU. -errno: most often -EPERM; -ENOTSUP if the kernel
 * is too old.
 */
int exits_open(struct exits *ret);

/*
 * Hands each note that has arrived to `take`, without waiting. Notes are of whole
 * processes, not of their threads.
 */
void exits_read(struct exits *exits,
                void (*take)(void *context, const struct exit_note *), void *context);

void exits_close(struct exits *exits);

#endif
