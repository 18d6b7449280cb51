#ifndef TIDEMARK_HARNESS_EXITS_H
#define TIDEMARK_HARNESS_EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Processes that end, as the kernel itself accounts for them (taskstats over netlink):
 * also those that lived shorter than any sampling and were waited for by parents of their
 * own. It tells of every process of the machine, needs CAP_NET_ADMIN, and tells processes
 * from threads since Linux 5.19; where that is not given, exits_open() fails and the
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
 * Registers for the exits on every CPU. -errno: -EPERM, most often, and -ENOTSUP where
 * the kernel is too old.
 */
int exits_open(struct exits *ret);

/*
 * Takes the notes that have arrived, without waiting, and hands each to `take`. Only
 * whole processes are told of, not their threads.
 */
void exits_read(struct exits *exits,
                void (*take)(void *context, const struct exit_note *), void *context);

void exits_close(struct exits *exits);

#endif
