/* What scheduler.c and coroutine.c know of a virtual thread. */
#ifndef EBB_SIMULATION_COROUTINE_H
#define EBB_SIMULATION_COROUTINE_H

#include <setjmp.h>
#include <sys/types.h>
#include <ucontext.h>

#include "stores.h"
#include "thread.h"

enum state {
    STATE_NONE,    /* not born, or exited */
    STATE_REST,    /* of the plan: between two operations */
    STATE_READY,   /* in the middle of something, and can go on */
    STATE_HELD,    /* preempted, until so many operations have been started */
    STATE_WAITING, /* for a wake-up or a time */
};

struct coroutine {
    enum state state;
    bool entered, exiting;
    jmp_buf environment;
    ucontext_t context;
    void *stack;
    void (*main)(struct coroutine *);
    struct cache *cache; /* thread_cache, while it doesn't run */
    int error;           /* errno */
    void *value;         /* of the thread-specific key */
    struct stores stores;
    /* What it does, and chance meanwhile. */
    struct op op;
    uint64_t rng;
    unsigned countdown, times, every, hold; /* preemptions (plan.h) */
    unsigned held_until;                    /* STATE_HELD: an operation... */
    unsigned long held_from;                /* ...and since which step */
    /* STATE_WAITING: NULL is no address, 0 no time. */
    const void *address;
    uint64_t deadline;
    bool woken;
    /* Of ebb's. */
    void *(*start)(void *);
    void *argument;
};

extern struct coroutine threads[THREADS_MAX];
extern struct coroutine *current; /* NULL: the scheduler */

/* Ready to run `main` from its beginning, with nothing of a former thread left. */
void coroutine_start(struct coroutine *self, void (*main)(struct coroutine *));
/* From the scheduler: until it suspends itself. */
void coroutine_resume(struct coroutine *self);
/* From the running one: back to the scheduler. */
void coroutine_suspend(enum state state);

void *__real_mmap(void *, size_t, int, int, int, off_t);

#endif
