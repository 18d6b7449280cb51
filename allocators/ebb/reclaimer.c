/* A slow path starts the thread once the heap has grown. pthread_create() allocates. It
 * also takes a lock of libc under which libc may call free() to drop cached stacks. libc
 * does that only in a program with threads, and never calls malloc() under that lock. So
 * malloc starts the thread when there are other threads, free when there are none. */
#define _GNU_SOURCE /* pthread_setname_np, sched_setaffinity */
#include "reclaimer.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#ifndef EBB_EMBED
#include <sys/single_threaded.h>
#endif
#include <unistd.h>

#include "heap.h"
#include "options.h"
#include "os.h"
#include "process.h"
#include "reclaim.h"
#include "slice.h"
#include "takeover.h"

static pthread_t thread; /* written while STARTING, read by whoever ends it */

/* If no thread could be created, we don't try again before this time; 0: at any time.
 * Written while STARTING. */
static _Atomic uint64_t retry_ms;

enum { STACK_SIZE = 256 * 1024, RETRY_AFTER_MS = 1000 };

static bool change_state(enum reclaimer_state from, enum reclaimer_state to) {
    uint32_t expected = from;
    /* Pairs with itself: each successful change publishes `thread` to the next one.
     * Relaxed in failure. */
    return cas_acq_rel(&reclaimer_state, &expected, to);
}

/* ---- the thread -------------------------------------------------------------------- */

static bool is_ending(void) {
    /* pairs with the release in change_state(), by say_end() */
    return load_acquire(&reclaimer_state) == RECLAIMER_ENDING;
}

/* Nothing is left to give back. Sleeps until somebody has work again.
 *
 * A thread that comes back opens its gate, then reads the state. We write the state,
 * issue a barrier on every thread, then read the gates. So either we see its gate, or it
 * sees our state. */
static void sleep_until_rung(void) {
    if (!change_state(RECLAIMER_AWAKE, RECLAIMER_SLEEPING))
        return;
    if (!cache_all_parked() || reclaim_is_due()) {
        change_state(RECLAIMER_SLEEPING, RECLAIMER_AWAKE);
        return;
    }
    /* pairs with the release in bell_ring() and change_state() */
    while (load_acquire(&reclaimer_state) == RECLAIMER_SLEEPING)
        os_wait(&reclaimer_state, RECLAIMER_SLEEPING, 0);
}

/* No thread has a cache, so we may be the process's last thread. Then the process must
 * end with us. Returns true if this thread is to end. Returns false if a thread has come
 * since the tick (and perhaps gone), or has freed something. Such a thread did not ring,
 * since we were awake. Then we go on as the reclaimer. A thread that comes later finds no
 * reclaimer, and starts another when it allocates. */
static bool leave(void) {
    if (!change_state(RECLAIMER_AWAKE, RECLAIMER_NONE))
        return false;
    os_barrier(); /* we see what a thread did before, if it did not see RECLAIMER_NONE */
    if ((!cache_has_news() && !reclaim_is_due()) ||
        !change_state(RECLAIMER_NONE, RECLAIMER_STARTING))
        return true;
    thread = pthread_self(); /* another thread's failed start may have changed it */
    change_state(RECLAIMER_STARTING, RECLAIMER_AWAKE);
    return false;
}

/* Uses the processors of the main thread. The thread that happened to start us may be
 * tied to one processor. */
static void run_anywhere(void) {
    cpu_set_t set;
    if (sched_getaffinity(getpid(), sizeof set, &set) == 0)
        sched_setaffinity(0, sizeof set, &set);
}

static void *run(void *nothing) {
    (void)nothing;
    int saved = errno;
    pthread_setname_np(pthread_self(), options_thread_name());
    run_anywhere();
    errno = saved;
    unsigned tick_ms = options_get()->delay_ms / TICKS_PER_DELAY;
    reclaim_begin();
    for (uint32_t state; (state = load_acquire(&reclaimer_state)) != RECLAIMER_ENDING;) {
        os_wait(&reclaimer_state, state, tick_ms); /* state: AWAKE, or still STARTING */
        struct reclaim_view view;
        reclaim_tick(&view, is_ending);
        if (!view.quiet)
            continue;
        if (view.attached == 0 && leave()) {
            pthread_detach(pthread_self());
            return NULL;
        }
        sleep_until_rung();
    }
    return NULL;
}

/* ---- starting and ending ----------------------------------------------------------- */

/* Gives the thread an ordinary schedule, whichever thread starts it. stack: bytes; 0:
 * libc's choice. */
static int create_with(size_t stack) {
    pthread_attr_t attributes;
    struct sched_param parameters = {.sched_priority = 0};
    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
    pthread_attr_setschedparam(&attributes, &parameters);
    if (stack != 0)
        pthread_attr_setstacksize(&attributes, stack);
    int error = pthread_create(&thread, &attributes, run, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

static bool create(void) {
    int error = create_with(STACK_SIZE);
    if (error == EINVAL) /* the program's thread-local variables need more than that */
        error = create_with(0);
    return error == 0;
}

/* Creates the thread. If that fails, as at a limit of threads, we try again later. All
 * else works without it. */
static void start(void) {
    if (!change_state(RECLAIMER_NONE, RECLAIMER_STARTING))
        return;
    bool started = create();
    store_relaxed(&retry_ms, started ? 0 : os_now_ms() + RETRY_AFTER_MS);
    change_state(RECLAIMER_STARTING, started ? RECLAIMER_AWAKE : RECLAIMER_NONE);
}

static bool is_due(void) {
    /* Relaxed: growth is seen a little later at worst. */
    size_t frontier = load_relaxed(&heap.frontier); /* 0: there is no heap yet */
    if (frontier < heap.first ||
        (frontier - heap.first) << SLICE_SHIFT <= options_get()->heap_min)
        return false;
    uint64_t retry = load_relaxed(&retry_ms); /* as above */
    return retry == 0 || os_now_ms() >= retry;
}

/* An embedded ebb may meet a C library without this variable. There the library's malloc
 * is not ours, so either answer is safe. */
#ifdef EBB_EMBED
extern char __libc_single_threaded __attribute__((weak));

static bool is_single_threaded(void) {
    return &__libc_single_threaded != NULL && __libc_single_threaded;
}
#else
static bool is_single_threaded(void) {
    return __libc_single_threaded;
}
#endif

void reclaimer_consider(bool in_free) {
    process_check();
    if (in_free != is_single_threaded() || !is_due())
        return;
    if (options_get()->reclaim != RECLAIM_ON) {
        change_state(RECLAIMER_NONE, RECLAIMER_NEVER);
        return;
    }
    /* The thread gets none of the program's signals, and no handler finds us STARTING. */
    sigset_t all, old;
    int saved = errno;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    start();
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = saved;
}

/* AWAKE or SLEEPING -> ENDING, whichever it is at that moment. False if there is no
 * thread to end. */
static bool say_end(void) {
    for (;;) {
        uint32_t state = load_acquire(&reclaimer_state);
        if (state == RECLAIMER_STARTING)
            os_sleep_us(100); /* another thread is starting it and will soon be done */
        else if (state != RECLAIMER_AWAKE && state != RECLAIMER_SLEEPING)
            return false;
        else if (change_state((enum reclaimer_state)state, RECLAIMER_ENDING))
            return true;
    }
}

bool reclaimer_end(void) {
    process_check(); /* the thread may be the parent's */
    if (!say_end())
        return false;
    os_wake(&reclaimer_state, 1);
    if (pthread_equal(thread, pthread_self()))
        return false; /* this thread is the last one, and its end calls exit() */
    int cancellable, saved = errno;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellable);
    pthread_join(thread, NULL);
    pthread_setcancelstate(cancellable, &cancellable);
    errno = saved;
    /* pairs with the acquire in change_state(): `thread` may be written again */
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

void reclaimer_recover(void) {
    /* Relaxed: the others wait in process_recover(). */
    if (load_relaxed(&reclaimer_state) != RECLAIMER_NEVER)
        store_relaxed(&reclaimer_state, RECLAIMER_NONE);
}

__attribute__((destructor)) static void end_with_the_process(void) {
    if (!process_is_known())
        return; /* a fork's child that has not needed the heap */
    /* Ends the thread for good, whatever other destructors free. Until then it may start,
     * or start again. */
    while (!change_state(RECLAIMER_NONE, RECLAIMER_NEVER)) {
        uint32_t state = load_acquire(&reclaimer_state);
        if (state == RECLAIMER_NEVER ||
            (state == RECLAIMER_ENDING && pthread_equal(thread, pthread_self())))
            return;
        if (!reclaimer_end() && state == RECLAIMER_ENDING)
            os_sleep_us(100); /* another thread is ending it */
    }
}
