/* Repairs the heap in the child of a fork. The child's memory is as if every other thread
 * of the parent had stopped between two of its steps, wherever that was (DESIGN.md,
 * "fork"). All locks become free. Lists, counts and sets are computed anew where that is
 * possible. What the other threads were holding is lost, unless they had written it down.
 *
 * There are no handlers before the fork: a thread that forks waits for nobody, and nobody
 * waits for it. */
#include <limits.h>

#include "audit.h"
#include "direct.h"
#include "guard.h"
#include "heap.h"
#include "lifetime.h"
#include "meta.h"
#include "options.h"
#include "os.h"
#include "process.h"
#include "reclaim.h"
#include "reclaimer.h"
#include "run.h"
#include "slab.h"
#include "slice.h"

/* Bottom up. Every step starts from scratch, so that a fork in the middle is no harm. */
static void recover(void) {
    options_recover();
    lifetime_recover();
    direct_recover();
    guard_recover();
    heap_recover();
    meta_recover();
    slice_recover();
    slab_recover();
    run_recover();
    audit_recover();
    reclaim_recover();
    reclaimer_recover();
}

void process_recover(void) {
    struct process *mine = load_relaxed(&process);
    while (!process_is_known()) {
        uint32_t expected = PROCESS_FORKED;
        /* pairs with the release below, for whoever comes second */
        if (cas_acquire(&mine->state, &expected, PROCESS_RECOVERING)) {
            recover();
            store_relaxed(&mine->pid, os_pid());
            /* pairs with the acquire in process_is_known() */
            store_release(&mine->state, PROCESS_READY);
            os_wake(&mine->state, INT_MAX);
            return;
        }
        /* If a signal handler forks here, its child finds FORKED in the next round. */
        os_wait(&mine->state, PROCESS_RECOVERING, 0);
    }
}
