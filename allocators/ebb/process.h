/* Whether this process wrote the heap's locks and caches itself, or is the child of a
 * fork. In a child, every other thread has stopped between two of its steps. ebb holds no
 * lock across a fork, and needs no handler before it. The child finds out here, the first
 * time that it takes a lock, and recovers (fork.c; DESIGN.md, "fork").
 *
 * The state lies on a page of its own, which the kernel wipes in a child
 * (MADV_WIPEONFORK). So children by _Fork() and by the bare system call are noticed, too.
 * A vfork's child is not, since it shares our memory. */
#ifndef EBB_PROCESS_H
#define EBB_PROCESS_H

#include "atomic.h"
#include "types.h"

enum process_state {
    PROCESS_FORKED = 0, /* a wiped page */
    PROCESS_RECOVERING, /* one of the child's threads repairs the heap, the others wait */
    PROCESS_READY,
};

/* A thread may fork in a signal handler while it is about to sleep on a lock, a gate or a
 * transit. In the child nobody would wake it. So every sleeper looks again after this
 * time. It is short, since such a child loses up to this time. Usually a sleeper waits
 * only for microseconds. */
enum { LOOK_AGAIN_MS = 10 };

struct process {
    /* FORKED -> RECOVERING by the thread that recovers; its release store of READY
     * publishes the recovered heap to the acquire in process_check(). */
    _Atomic uint32_t state;
    /* The process whose state this is. Our child handler compares it, to find out whether
     * the child has recovered already, in an earlier handler. */
    _Atomic int pid;
    /* The forking thread's cache, which our child handler notes here. Other threads of
     * the child can't find it out otherwise. NULL: not noted. */
    _Atomic(struct cache *) forker;
};

/* Points to a static one until process_init() has made the page. */
extern _Atomic(struct process *) process EBB_HERE;

/* Makes the page; idempotent, any thread. Without it only fork() itself is noticed. */
void process_init(void);

/* Repairs the heap of a fork's child. Returns when this or another thread has done so. */
void process_recover(void);

/* Whether this process wrote the heap itself, or has recovered. Relaxed: the pointer
 * changes once, and both states are READY then. */
static inline bool process_is_known(void) {
    /* pairs with the release in process_recover() */
    return load_acquire(&load_relaxed(&process)->state) == PROCESS_READY;
}

/* Call this before touching what another thread may have left half done. */
static inline void process_check(void) {
    if (unlikely(!process_is_known()))
        process_recover();
}

#endif
