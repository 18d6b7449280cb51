/* A small futex lock. Uncontended: one compare-and-swap, one exchange. */
#ifndef EBB_LOCK_H
#define EBB_LOCK_H

#include "atomic.h"
#include "types.h"

void lock_wait(struct lock *lock);
void lock_wake(struct lock *lock);

static inline void lock_acquire(struct lock *lock) {
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

#endif
