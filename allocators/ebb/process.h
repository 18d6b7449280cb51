/* Whether this process is the one that wrote the heap's locks and caches, or the child of
 * a fork, in which every other thread has stopped between two of its steps. Nothing is
 * locked across a fork and no handler has to run before it; the child finds out here, the
 * first time that it takes a lock, and recovers (fork.c; DESIGN.md, "fork").
 *
 * The state is on a page of its own that the kernel wipes in a child (MADV_WIPEONFORK):
 * so children by _Fork() and by the bare system call are noticed too, and a vfork's,
 * which shares our memory, is not. */
#ifndef EBB_PROCESS_H
#define EBB_PROCESS_H

#include "atomic.h"
#include "types.h"

enum process_state {
    PROCESS_FORKED = 0, /* a wiped page */
    PROCESS_RECOVERING, /* one of the child's threads is at it, the others wait */
    PROCESS_READY,
};

/* A thread that forked in a signal handler while it was about to sleep on a lock, a gate
 * or a transit has nobody in the child who would wake it: whoever sleeps looks again so
 * often. Short, since the child loses as much at each such fork; what is waited for takes
 * microseconds as a rule. */
enum { LOOK_AGAIN_MS = 10 };

struct process {
    /* FORKED -> RECOVERING by the thread that recovers; its release store of READY
     * publishes the recovered heap to the acquire in process_check(). */
    _Atomic uint32_t state;
    /* Whose: so that our child handler can tell whether the child has recovered before it
     * ran, in another handler. */
    _Atomic int pid;
    /* The forking thread's cache, if our child handler has run: later threads of the
     * child can't tell whose it is. NULL: not noted. */
    _Atomic(struct cache *) forker;
};

/* A static one until process_init() has made the page. */
extern _Atomic(struct process *) process;

/* Makes the page; idempotent, any thread. Without it only fork() itself is noticed. */
void process_init(void);

/* Brings the heap of a fork's child into order; returns when that is done, by whomever.
 */
void process_recover(void);

/* Whether it is the one, or has recovered. Relaxed: the pointer changes once, and both
 * states are READY then. */
static inline bool process_is_known(void) {
    /* pairs with the release in process_recover() */
    return load_acquire(&load_relaxed(&process)->state) == PROCESS_READY;
}

/* Before whatever another thread may have left half done. */
static inline void process_check(void) {
    if (unlikely(!process_is_known()))
        process_recover();
}

#endif
