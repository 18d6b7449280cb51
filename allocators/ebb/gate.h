/* The gate in front of a thread's cache (types.h, "cache"; DESIGN.md, "The takeover
 * gate"): the owner's side. The takers' is takeover.c. */
#ifndef EBB_GATE_H
#define EBB_GATE_H

#include "atomic.h"
#include "delay.h"
#include "types.h"

/* Enters the gate; false if it is not open. A plain store will do, since the taker issues
 * a barrier on our behalf. */
static inline bool gate_enter(struct gate *gate) {
    store_relaxed(&gate->in, 1);
    compiler_barrier();
    debug_delay(DELAY_SELDOM);
    /* pairs with the release in gate_reopen(): a taker's changes are seen */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(EBB_HOOKS)
    /* Any load acquires here; compilers don't fold an atomic one into the comparison. */
    __asm__ goto("cmpl %1, %0\n\tjne %l2"
                 :
                 : "m"(gate->stop), "i"(GATE_OPEN)
                 : "cc", "memory"
                 : shut);
    return true;
shut:
    return false;
#else
    return likely(load_acquire(&gate->stop) == GATE_OPEN);
#endif
}

static inline void gate_leave(struct gate *gate) {
    /* pairs with the acquire in take(): the taker sees our changes */
    debug_delay(DELAY_SELDOM);
    store_release(&gate->in, 0);
}

/* The owner found its gate not open. Opens it if it is parked; otherwise leaves it and
 * sleeps until the taker lets go. */
void gate_wait(struct gate *gate);

/* Ends a taker's turn. */
void gate_reopen(struct gate *gate, enum gate_stop stop);

#endif
