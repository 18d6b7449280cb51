/* A small futex lock. Uncontended: one compare-and-swap, one exchange. ebb holds no lock
 * across a fork. The child may find locks that are held by threads that it lacks. It
 * notices here that it is a child, and starts with all locks free. */
#ifndef EBB_LOCK_H
#define EBB_LOCK_H

#include "atomic.h"
#include "process.h"
#include "types.h"

void lock_wait(struct lock *lock);
void lock_wake(struct lock *lock);

static inline void lock_acquire(struct lock *lock) {
    process_check();
    uint32_t expected = 0;
    /* pairs with the release in lock_release() */
    if (unlikely(!cas_acquire(&lock->state, &expected, 1)))
        lock_wait(lock);
}

static inline void lock_release(struct lock *lock) {
    /* pairs with the acquire in lock_acquire() and lock_wait() */
    if (unlikely(exchange_release(&lock->state, 0) == 2))
        lock_wake(lock);
}

#ifdef EBB_COUNTING
#define lock_acquire(lock) (counting_lock(__FILE__), lock_acquire(lock))
#endif

/* Frees the lock in the child of a fork. True if it was held. */
static inline bool lock_reset(struct lock *lock) {
    /* Relaxed: the other threads of the child wait in process_recover(). */
    return exchange_relaxed(&lock->state, 0) != 0;
}

#endif
