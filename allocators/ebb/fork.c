/* fork: the child gets a heap in which no operation is half done. Gates first (threads
 * inside finish their call, since they may need locks), locks after. */
#include <pthread.h>

#include "cache.h"
#include "debug.h"
#include "direct.h"
#include "lock.h"
#include "meta.h"
#include "reclaim.h"
#include "reclaimer.h"
#include "slab.h"
#include "slice.h"

static void before_fork(void) {
    lock_acquire(&reclaim_lock);
    debug_delay(DELAY_OFTEN);
    cache_stop_all();
    debug_delay(DELAY_OFTEN);
    slab_lock_all();
    lock_acquire(&slice_lock);
    lock_acquire(&meta_lock);
    lock_acquire(&direct_lock);
}

static void release(bool in_child) {
    lock_release(&direct_lock);
    lock_release(&meta_lock);
    lock_release(&slice_lock);
    slab_unlock_all();
    cache_resume_all(in_child);
    lock_release(&reclaim_lock);
}

static void after_fork_in_parent(void) {
    release(false);
}

static void after_fork_in_child(void) {
    reclaimer_forget();
    release(true);
}

/* Early, so that our handler runs last before the fork and first after it: other
 * handlers may allocate. */
__attribute__((constructor(101))) static void register_handlers(void) {
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
