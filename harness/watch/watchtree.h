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
 * ways: it looks through /proc; the kernel gives it those whose parents died (it is their
 * subreaper); the kernel's accounting of exits names those that lived shorter than a
 * sample.
 *
 * The number and the instant of its start identify a process, so a number that is used
 * again is another process. All news of a process goes through one function, merge(), so
 * each process has one row. Once known, it stays in the table, wherever it is reparented.
 */

/* How it is known that a process was there; the surest first. */
enum watch_source {
    WATCH_SEEN,      /* in /proc */
    WATCH_REAPED,    /* only when it was waited for: its peak is the kernel's ru_maxrss */
    WATCH_ACCOUNTED, /* only through exits.h */
};

/* What a process is a part of; children inherit it. */
enum watch_part {
    WATCH_PROGRAM,  /* counted */
    WATCH_DRIVER,   /* drives the program */
    WATCH_STRANGER, /* was a child of the watcher before the program was started */
};

/* Instants between which something was; of clock_now_ns(). */
struct watch_span {
    uint64_t from_ns, to_ns;
};

struct watch_process {
    pid_t pid, parent;
    uint64_t start_ticks; /* since boot; 0: not known */
    struct watch_span born;
    char name[32];
    enum watch_source source;
    enum watch_part part;
    bool alive, zombie;
    bool unreadable; /* it lived, and its memory could not be read */
    bool has_status;
    bool accounted; /* the kernel's note of its exit has come */
    bool was_ended; /* by the watcher, at the end */
    int status;     /* as of wait(), where has_status */
    uint64_t ended_ns;
    uint64_t cpu_ticks;
    uint64_t peak_rss;   /* VmHWM as last read, and the kernel's at the exit */
    uint64_t rusage_rss; /* ru_maxrss: at least its peak, but also that of the program
                            that it was before exec, and of children it waited for */
    uint64_t peak_footprint, last_footprint; /* of the samples; 0: never sampled */
    struct ranges executable; /* anonymous addresses that were executable at some time */
    size_t older; /* the row in the same bucket before it, counted from 1; 0: none */
};

enum { WATCH_BUCKETS = 4096 };

struct watch_tree {
    struct watch_process *at;
    size_t count, capacity;
    size_t newest[WATCH_BUCKETS]; /* rows by number; newest first, counted from 1 */
    pid_t watcher;                /* this process, which is no part of what it watches */
    bool is_own;        /* the program is the watcher's: its orphans are adopted */
    bool begins;        /* whoever is there already is a stranger */
    pid_t driver;       /* a child of the watcher; 0: none */
    uint64_t asked_ns;  /* when watchtree_ask_to_end() was first called; 0: not yet */
    uint64_t cpu_ticks; /* used by all counted processes; see add_up_cpu() */
    uint64_t summed_ticks, reaped_ticks;
    bool accounting;
    struct exits exits;
    uint64_t drained_ns;        /* notes that come now are of exits since then */
    struct watch_exit *pending; /* exits of processes not known yet */
    size_t pending_count, pending_capacity;
    uint64_t forgotten; /* exits that came when too many were pending */
    int error;          /* of the notes, which have no other way to tell: 0, -ENOMEM */
};

/*
 * `is_own`: the program will be a child of the watcher; else it runs already. -errno, or
 * 0. Without the right to the kernel's accounting it does without.
 */
int watchtree_begin(struct watch_tree *ret, pid_t watcher, bool is_own);

/* The variable, "NAME=VALUE", in the environment of the driver, by which its processes
 * are known. */
enum { WATCH_DRIVER_MARK_MAX = 48 };
void watchtree_driver_mark(const struct watch_tree *tree, char *buffer, size_t size);

/* Adds the program's first process. -errno. */
int watchtree_add_root(struct watch_tree *tree, pid_t pid);

/* The program's first process; NULL: none was added. */
const struct watch_process *watchtree_root(const struct watch_tree *tree);

/* Takes the kernel's notes of exits that have come; -1 or a descriptor to poll for them.
 */
void watchtree_read_exits(struct watch_tree *tree);
int watchtree_exits_fd(const struct watch_tree *tree);

/* Looks for new processes, and for those that have gone. -errno, or 0. */
int watchtree_scan(struct watch_tree *tree);

/* Waits, without blocking, for children that have ended, adopted ones included. -errno.
 */
int watchtree_reap(struct watch_tree *tree);

/* Whether it is a living process of the program (zombies have no memory). */
bool watchtree_is_living(const struct watch_process *process);

/* How many there are of them. */
size_t watchtree_alive(const struct watch_tree *tree);

/*
 * Whether any process is left that the watcher has started, directly or not. It looks at
 * the last scan, and at whether the watcher has children, which is never out of date.
 */
bool watchtree_any_left(const struct watch_tree *tree);

/* The process of that number that lives, or that lived last; NULL: never known. */
struct watch_process *watchtree_find(const struct watch_tree *tree, pid_t pid);

/* Notes what a sample found. */
void watchtree_note_memory(struct watch_process *process, const struct footprint *memory);

/*
 * Asks every living process that the watcher has started, directly or not, to end. Called
 * again, it asks those that were overlooked. It does not ask processes that were born
 * later: they clean up for the others.
 */
void watchtree_ask_to_end(struct watch_tree *tree);

/* Kills those that are known, and whatever else has become the watcher's child. */
void watchtree_kill(struct watch_tree *tree);

/* The last accounting: adds those whom only the kernel knows. -ENOMEM, or 0. */
int watchtree_settle(struct watch_tree *tree);

/* An upper bound of the program's need: the sum of the counted processes' peaks. */
uint64_t watchtree_sum_of_peaks(const struct watch_tree *tree);

void watchtree_finish(struct watch_tree *tree);

#endif
