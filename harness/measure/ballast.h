#ifndef TIDEMARK_HARNESS_BALLAST_H
#define TIDEMARK_HARNESS_BALLAST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "firsttouch.h"

/*
 * Keeps free memory warm for a process that runs for long, on a host that takes back
 * memory that was free for two seconds. A thread holds memory, so that memory is there.
 * As the system's free memory sinks, the thread gives back as much, so that what the
 * system hands out next is warm. It takes memory that is freed meanwhile, before the host
 * does. It looks every millisecond.
 */
struct ballast {
    pthread_t thread;
    struct touch_room room; /* the thread's */
    double cold_us;         /* a piece that takes longer was cold */
    bool running;
    int stop;             /* set by the owner */
    unsigned looks;       /* made so far */
    unsigned quiet_looks; /* the last so many found nothing to do */
    uint64_t given, taken, behind, leads, cold_leads; /* pieces and looks; see below */
    uint64_t cold_ns;                                 /* see cold_share */
    uint64_t refreshed_ns;                            /* the last refresh; the thread's */
    uint64_t accounted_ns;                            /* the last account */
    double cpu_s; /* of the thread, at the last account */
};

struct ballast_account {
    double seconds;  /* since the last account */
    double cpu_s;    /* the thread's own */
    uint64_t given;  /* bytes */
    uint64_t taken;  /* bytes, of what was freed meanwhile */
    uint64_t behind; /* bytes that were wanted faster than it looks, or when it had
                        none left: these may have been cold */
    uint64_t leads;  /* looks at what is free ahead, six a second while a program rests */
    uint64_t cold_leads; /* that found most of it cold */
    /* The share of the time for which what lay ready was cold, if the host took it
     * half-way between the look that found it cold and the one before. */
    double cold_share;
};

/*
 * Touches `pieces` pieces and keeps holding them. After that memory is warm. A piece that
 * takes longer than `cold_us` counts as cold. -errno; -EINTR if `*stop` was set.
 */
int ballast_start(struct ballast *ballast, size_t pieces, bool huge, double cold_us,
                  const volatile int *stop);

/* Waits, some seconds at most, until what a process left has been taken and what is free
 * ahead has been looked at after that. */
bool ballast_settle(struct ballast *ballast, const volatile int *stop);

/* Pieces that it has left to give. */
size_t ballast_pieces(struct ballast *ballast);

/* The account since the last call. */
struct ballast_account ballast_account(struct ballast *ballast);

/* Ends the thread and gives everything back. Does nothing if the thread does not run. */
void ballast_stop(struct ballast *ballast);

#endif
