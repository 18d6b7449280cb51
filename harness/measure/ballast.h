#ifndef TIDEMARK_HARNESS_BALLAST_H
#define TIDEMARK_HARNESS_BALLAST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "firsttouch.h"

/*
 * Keeps free memory warm for a process that runs for long, where a host takes back what
 * is free for two seconds. A thread holds memory, which is therefore there, and gives of
 * it as much as the system's free memory sinks, so that what is handed out next is warm;
 * what is freed meanwhile it takes before the host does. It looks every millisecond.
 */
struct ballast_account {
    double cpu_s;    /* the thread's own */
    uint64_t given;  /* bytes */
    uint64_t taken;  /* bytes, of what was freed meanwhile */
    uint64_t behind; /* bytes that were wanted faster than it looks, or when it had none:
                        these may have been cold */
};

struct ballast {
    pthread_t thread;
    struct touch_room room; /* the thread's */
    struct ballast_account account;
    double cpu_s; /* of the thread, at the last account */
    bool running, settled;
    int stop; /* set by the owner, read by the thread */
};

/* Touches so many pieces and goes on holding them: after it memory is warm. -errno. */
int ballast_start(struct ballast *ballast, size_t pieces, bool huge);

/* Waits, some seconds at most, until what a process left has been taken. */
bool ballast_settle(struct ballast *ballast);

/* The account since the last call. */
struct ballast_account ballast_account(struct ballast *ballast);

/* Ends the thread and gives everything back; one that does not run is left alone. */
void ballast_stop(struct ballast *ballast);

#endif
