#ifndef TIDEMARK_HARNESS_BALLAST_H
#define TIDEMARK_HARNESS_BALLAST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "firsttouch.h"

/*
 * Keeps free memory warm while a process runs for long, on a host that takes back memory
 * that was free for two seconds. A thread holds memory, so the host cannot take it. When
 * the system's free memory shrinks, the thread gives back as much. So what the system
 * hands out next is warm. When a process frees memory, the thread takes it before the
 * host does. Every millisecond the thread looks how much memory is free.
 *
 * The lead is the free memory that the system hands out next. It is kept warm by
 * refreshes: the thread takes it, touches it, and gives it back.
 */
struct ballast {
    pthread_t thread;
    struct touch_room room; /* used by the thread alone, but others read `touched` */
    double cold_us;         /* a piece whose first touch takes longer was cold */
    bool running;
    int stop;             /* set by the owner */
    unsigned looks;       /* so far */
    unsigned quiet_looks; /* of these the last so many found nothing to do */
    /* Since the last account: see struct ballast_account; in pieces and refreshes. */
    uint64_t given, taken, behind, leads;
    uint64_t cold_ns;      /* see cold_share */
    uint64_t refreshed_ns; /* the last refresh; used by the thread alone */
    uint64_t accounted_ns; /* the last account */
    double cpu_s;          /* of the thread, at the last account */
};

struct ballast_account {
    double seconds; /* since the last account */
    double cpu_s;   /* the thread's own */
    uint64_t given; /* bytes that the thread gave back */
    uint64_t taken; /* bytes that it took of what processes freed */
    /* Bytes that processes took faster than it could give, or when it had none left:
     * these may have been cold. */
    uint64_t behind;
    uint64_t leads; /* refreshes: six a second while no memory is taken or freed */
    /* The share of the time during which the lead was cold. It assumes that the host took
     * the lead half-way between the refresh that found it cold and the one before. */
    double cold_share;
};

/*
 * Touches `pieces` pieces, holds them, and starts the thread. Free memory is warm then. A
 * piece that takes longer than `cold_us` microseconds counts as cold. -errno; -EINTR if
 * `*stop` was set.
 */
int ballast_start(struct ballast *ballast, size_t pieces, bool huge, double cold_us,
                  const volatile int *stop);

/* Waits until the thread has taken what a process left, and has refreshed the lead after
 * that. False if that takes about ten seconds, or if `*stop` is set. */
bool ballast_settle(struct ballast *ballast, const volatile int *stop);

/* The pieces that the thread has left to give. */
size_t ballast_pieces(struct ballast *ballast);

/* The account since the last call. */
struct ballast_account ballast_account(struct ballast *ballast);

/* Ends the thread and gives everything back. Does nothing if the thread does not run. */
void ballast_stop(struct ballast *ballast);

#endif
