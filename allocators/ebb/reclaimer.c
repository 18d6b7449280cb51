/* See reclaimer.h.
 *
 * Started from a slow path once the heap has grown. pthread_create() allocates, and takes
 * a lock of libc's under which libc may call free() (when it drops cached stacks), but
 * only in a program with threads, and never malloc(). So: from malloc when there are
 * other threads, from free when there are none. */
#define _GNU_SOURCE /* pthread_setname_np */
#include "reclaimer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/single_threaded.h>

#include "cache.h"
#include "heap.h"
#include "options.h"
#include "os.h"
#include "reclaim.h"
#include "slice.h"

_Atomic uint32_t reclaimer_state;

static pthread_t thread; /* written while STARTING, read by whoever ends it */

enum { STACK_SIZE = 256 * 1024 };

static bool change_state(enum reclaimer_state from, enum reclaimer_state to) {
    uint32_t expected = from;
    /* Relaxed in failure; in success pairs with itself: `thread` goes along. */
    return cas_acq_rel(&reclaimer_state, &expected, to);
}

void reclaimer_ring(void) {
    if (change_state(RECLAIMER_SLEEPING, RECLAIMER_AWAKE))
        os_wake(&reclaimer_state, 1);
}

/* Nothing is left. Sleeps until somebody has work again.
 *
 * A thread that comes back opens its gate, then reads the state; we write the state,
 * then (a barrier on every thread) read the gates. One of the two sees the other. */
static void sleep_until_rung(void) {
    if (!change_state(RECLAIMER_AWAKE, RECLAIMER_SLEEPING))
        return;
    if (!cache_all_parked() || slice_resident_free()) {
        change_state(RECLAIMER_SLEEPING, RECLAIMER_AWAKE);
        return;
    }
    while (load_acquire(&reclaimer_state) == RECLAIMER_SLEEPING)
        os_wait(&reclaimer_state, RECLAIMER_SLEEPING, 0);
}

static void *run(void *nothing) {
    (void)nothing;
    pthread_setname_np(pthread_self(), "ebb-reclaim");
    unsigned tick_ms = options_get()->delay_ms / TICKS_PER_DELAY;
    for (;;) {
        os_wait(&reclaimer_state, RECLAIMER_AWAKE, tick_ms);
        if (load_acquire(&reclaimer_state) == RECLAIMER_ENDING)
            return NULL;
        struct reclaim_view view;
        reclaim_tick(&view);
        if (view.attached == 0 && change_state(RECLAIMER_AWAKE, RECLAIMER_NONE)) {
            /* We may be the last thread, and then the process is to end with us. */
            pthread_detach(pthread_self());
            return NULL;
        }
        if (view.quiet)
            sleep_until_rung();
    }
}

/* Without signals of the program's, and with little stack. */
static int create(void) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int error = pthread_create(&thread, &attributes, run, NULL);
    if (error == EINVAL) /* the program's thread-local variables need more than that */
        error = pthread_create(&thread, NULL, run, NULL);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

void reclaimer_consider(bool in_free) {
    if (in_free != __libc_single_threaded)
        return;
    /* Relaxed: growth is seen a little later at worst. */
    size_t heap_bytes = (load_relaxed(&heap.frontier) - heap.first) << SLICE_SHIFT;
    const struct options *options = options_get();
    if (heap_bytes <= options->heap_min)
        return;
    enum reclaimer_state first =
        options->reclaim == RECLAIM_ON ? RECLAIMER_STARTING : RECLAIMER_NEVER;
    if (!change_state(RECLAIMER_NONE, first) || first == RECLAIMER_NEVER)
        return;
    int saved = errno;
    /* Out of threads, or not allowed one: everything else goes on without. */
    change_state(RECLAIMER_STARTING, create() == 0 ? RECLAIMER_AWAKE : RECLAIMER_NEVER);
    errno = saved;
}

bool reclaimer_end(void) {
    reclaimer_ring();
    if (!change_state(RECLAIMER_AWAKE, RECLAIMER_ENDING))
        return false;
    os_wake(&reclaimer_state, 1);
    if (pthread_equal(thread, pthread_self()))
        return false; /* exit() by the last thread, which is us */
    pthread_join(thread, NULL);
    store_release(&reclaimer_state, RECLAIMER_NONE);
    return true;
}

const char *reclaimer_state_name(void) {
    switch (load_relaxed(&reclaimer_state)) { /* stale at once, whatever the order */
    case RECLAIMER_AWAKE:
        return "awake";
    case RECLAIMER_SLEEPING:
        return "asleep";
    default:
        return "none";
    }
}

void reclaimer_forget(void) {
    /* Relaxed: the child is one thread. */
    if (load_relaxed(&reclaimer_state) != RECLAIMER_NEVER)
        store_relaxed(&reclaimer_state, RECLAIMER_NONE);
}

__attribute__((destructor)) static void end_with_the_process(void) {
    reclaimer_end();
}
