#ifndef TIDEMARK_HARNESS_WATCHTREE_H
#define TIDEMARK_HARNESS_WATCHTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "exits.h"
#include "footprint.h"
#include "ranges.h"

/*
 * Every process that a watched program has had. The watcher finds processes in three
 * ways:
 * - It looks through /proc.
 * - It is the subreaper of what it starts. So the kernel makes it the parent of processes
 *   whose own parents have died.
 * - The kernel's accounting of exits reports processes that lived between two samples.
 *
 * A process is identified by its number and the instant of its start. So if the kernel
 * uses a number again, that is another process. Every report of a process goes through
 * merge(), so each process has one row. A row stays in the table until
 * watchtree_finish(), whoever becomes the parent of the process.
 */

/* What a process is a part of; children inherit it. */
enum watch_part {
    WATCH_PROGRAM,  /* the watched program: counted */
    WATCH_DRIVER,   /* the --drive command: not counted, but ended with the program */
    WATCH_STRANGER, /* neither counted nor ended: it is a child that the watcher had
                       before it started the program, or descends from one */
};

/* Something happened between these two instants of clock_now_ns(). */
struct watch_span {
    uint64_t from_ns, to_ns;
};

struct watch_process {
    pid_t pid, parent;
    uint64_t start_ticks; /* since boot; 0: not known */
    struct watch_span born;
    char name[32];
    enum watch_part part;
    bool alive, zombie; /* a zombie is alive, too */
    bool has_status;
    bool accounted;      /* the kernel's note of its exit has arrived */
    bool was_ended;      /* the watcher sent it a signal */
    int status;          /* as wait() gives it; valid if has_status */
    uint64_t ended_ns;   /* 0: not known to have ended */
    uint64_t cpu_ticks;  /* its own, and those of children that it waited for */
    uint64_t peak_rss;   /* bytes: the highest of VmHWM at each sample and of the peak in
                            the kernel's note. Without a note, watchtree_settle() also
                            takes rusage_rss into account */
    uint64_t rusage_rss; /* bytes: ru_maxrss. An upper bound: it also covers the program
                            before an exec, and children that the process waited for */
    uint64_t peak_footprint, last_footprint; /* bytes, of the samples; 0: never sampled */
    struct ranges executable; /* anonymous addresses that were executable at some time */
    size_t older; /* the next older row in the same bucket, counted from 1; 0: none */
};

enum { WATCH_BUCKETS = 4096 };

struct watch_tree {
    struct watch_process *at;
    size_t count;
    size_t newest[WATCH_BUCKETS]; /* the newest row of each bucket, counted from 1; 0:
                                     none. A bucket has the numbers with one remainder */
    pid_t watcher;                /* this process, which does not belong to the tree */
    bool is_own;          /* the watcher starts the program, and adopts its orphans */
    bool begins;          /* the first scan: every child of the watcher is a stranger */
    pid_t driver;         /* a child of the watcher; 0: none */
    char driver_mark[48]; /* "NAME=VALUE": the driver's environment must contain it, so
                             that the driver's processes can be recognised */
    uint64_t asked_ns;    /* when watchtree_ask_to_end() was first called; 0: not yet */
    uint64_t cpu_ticks; /* used by all counted processes; it only grows (add_up_cpu()) */
    /* the sum of the last scan; the part of processes that the watcher has waited for */
    uint64_t summed_ticks, reaped_ticks;
    bool accounting;     /* `exits` is open */
    struct exits exits;  /* its `fd` becomes readable when notes arrive; -1: not open */
    uint64_t drained_ns; /* when notes were last read: the next exits are later */
    struct watch_exit *pending; /* exits of processes that are not known to belong here */
    size_t pending_count;
    uint64_t forgotten; /* exits that were dropped, since there was no room for them */
};

/*
 * Notes the strangers, and opens the kernel's accounting of exits if that is allowed.
 * `is_own`: the program will be a child of the watcher; false: it runs already. 0 or
 * -errno. The caller finishes the tree, even after an error.
 */
int watchtree_begin(struct watch_tree *ret, pid_t watcher, bool is_own);

/* Adds the program's first process. 0 or -errno. */
int watchtree_add_root(struct watch_tree *tree, pid_t pid);

/* The program's first process; NULL: none was added. */
const struct watch_process *watchtree_root(const struct watch_tree *tree);

/* Reads the kernel's notes of exits that have arrived. */
void watchtree_read_exits(struct watch_tree *tree);

/* Reads /proc and the notes of exits: adds new processes to the table, updates those that
 * are known, and notes which have ended. 0 or -errno. */
int watchtree_scan(struct watch_tree *tree);

/* Reaps all children that have ended, adopted ones included. Does not block. */
void watchtree_reap(struct watch_tree *tree);

/* Whether it is a living process of the program. A zombie is not: it has no memory. */
bool watchtree_is_living(const struct watch_process *process);

/* How many living processes the program has. */
size_t watchtree_alive(const struct watch_tree *tree);

/*
 * Whether a process is left that the watcher started, directly or not. It uses the last
 * scan. It also asks the kernel whether the watcher has any child, which is always up to
 * date, unless a stranger lives: then that child may be the stranger.
 */
bool watchtree_any_left(const struct watch_tree *tree);

/* The living process with this number, or the one that was added last; NULL: unknown. */
struct watch_process *watchtree_find(const struct watch_tree *tree, pid_t pid);

/* Notes the memory of a process in a sample. */
void watchtree_note_memory(struct watch_process *process, const struct footprint *memory);

/*
 * Sends SIGTERM to every living process that the watcher started, directly or not. A
 * later call sends it to the processes that the first call missed. It leaves out
 * processes that were born after the first call: they clean up for the others.
 */
void watchtree_ask_to_end(struct watch_tree *tree);

/* Kills the processes that the watcher started, and every other child of the watcher
 * except strangers. */
void watchtree_kill(struct watch_tree *tree);

/* The last step: adds the processes that only the kernel's accounting reported, and
 * settles the peaks. */
void watchtree_settle(struct watch_tree *tree);

/* The sum of the program's processes' RSS peaks, bytes: an upper bound of what the tree
 * held at one instant. */
uint64_t watchtree_sum_of_peaks(const struct watch_tree *tree);

void watchtree_finish(struct watch_tree *tree);

#endif
