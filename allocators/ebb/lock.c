/* The contended half of lock.h. */
#include "lock.h"

#include "os.h"

/* Critical sections take a fraction of a microsecond, so we look again a few times before
 * we sleep. Longer spinning only hurts when the holder was preempted. */
enum { SPINS = 64 };

static inline void cpu_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void lock_wait(struct lock *lock) {
    for (int i = 0; i < SPINS; i++) {
        uint32_t expected = 0;
        /* pairs with the release in lock_release() */
        if (load_relaxed(&lock->state) == 0 && cas_acquire(&lock->state, &expected, 1))
            return;
        cpu_relax();
    }
    while (exchange_acquire(&lock->state, 2) != 0) {
        os_wait(&lock->state, 2, LOOK_AGAIN_MS);
        process_check();
    }
}

void lock_wake(struct lock *lock) {
    os_wake(&lock->state, 1);
}
