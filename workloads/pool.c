/*
 * No wake-up is lost. A worker that found no work counts itself in `sleepers`, reads
 * `signal` and looks again. Only then does it wait for `signal` to change. A thread that
 * makes work available pushes the work first, then (after a full fence) reads `sleepers`.
 * If there are any, it changes `signal` and wakes one. So either the waker sees the
 * sleeper, or the sleeper's second look sees the work.
 *
 * The main thread waits until all workers are parked again: it reads `quiet`, looks, and
 * waits for `quiet` to change. It does not wait for `parked` to change, since `parked`
 * has the same value before and after a short piece of work.
 */
#include "pool.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "deque.h"
#include "heap.h"
#include "memory.h"
#include "rng.h"
#include "say.h"

enum {
    SPINS = 32, /* looks before a worker parks */
    STACK_TOUCHED =
        64 << 10 /* bytes of each worker, so that the baseline contains its stack */
};

struct task {
    pool_function *run;
    void *context;
    /* Written once by the worker that ran it (release); read by the one that joins it, or
     * by the main thread (acquire). */
    _Atomic int done;
};

struct worker {
    struct deque deque;
    struct pool *pool;
    unsigned number;
    int home;            /* a CPU: see home_of(); -1: none */
    struct rng rng;      /* draws the worker to steal from first */
    uint32_t calls_seen; /* value of `calls` at the last call that it answered */
    pthread_t thread;
    char padding[64];
};

struct pool {
    unsigned threads;
    /* A task from the main thread. The worker that swaps it for NULL runs it. */
    _Atomic(struct task *) injected;
    _Atomic uint32_t signal;   /* futex: changes when there may be work for a sleeper */
    _Atomic uint32_t sleepers; /* workers that wait or are about to wait */
    _Atomic uint32_t parked;   /* workers that wait */
    /* Futex for the main thread: the last worker to park increments it (release). */
    _Atomic uint32_t quiet;
    /* A call to every worker: the main thread writes `call` and its context, then
     * increments `calls` (release). The workers read that (acquire). If `call` is NULL,
     * they exit. */
    _Atomic uint32_t calls;
    _Atomic uint32_t calls_left; /* workers that have not run it yet */
    _Atomic int calls_done;      /* set (release) by the last of them */
    pool_call *call;
    void *call_context;
    struct worker workers[];
};

static _Thread_local struct worker *own;

static void futex_wait(_Atomic uint32_t *word, uint32_t seen) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* Wakes up to `count` sleepers. Call it after making work available. */
static void announce(struct pool *pool, int count) {
    atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in park() */
    if (atomic_load_explicit(&pool->sleepers, memory_order_relaxed) == 0)
        return;
    atomic_fetch_add_explicit(&pool->signal, 1, memory_order_release);
    futex_wake(&pool->signal, count);
}

static void run_task(struct task *task) {
    task->run(task->context);
    /* release: pairs with the acquire in help_until_done() and wait_until_parked(), which
     * makes the results visible */
    atomic_store_explicit(&task->done, 1, memory_order_release);
}

static struct task *steal_from_others(struct worker *worker) {
    struct pool *pool = worker->pool;
    unsigned first = (unsigned)rng_below(&worker->rng, pool->threads);
    for (unsigned i = 0; i < pool->threads; i++) {
        struct worker *victim = &pool->workers[(first + i) % pool->threads];
        struct task *task = victim == worker ? NULL : deque_steal(&victim->deque);
        if (task)
            return task;
    }
    return NULL;
}

static struct task *find_task(struct worker *worker) {
    struct task *task = deque_pop(&worker->deque);
    if (!task)
        task = steal_from_others(worker);
    if (!task && atomic_load_explicit(&worker->pool->injected, memory_order_relaxed))
        /* acquire: pairs with the main thread's release in pool_for_each() */
        task =
            atomic_exchange_explicit(&worker->pool->injected, NULL, memory_order_acquire);
    return task;
}

static bool is_called(const struct worker *worker) {
    /* acquire: pairs with the release in call_all() */
    return atomic_load_explicit(&worker->pool->calls, memory_order_acquire) !=
           worker->calls_seen;
}

/*
 * The home of a worker is one of the CPUs that it may use; workers get theirs in turn.
 * The kernel wakes a thread on its waker's CPU. In a virtual machine it then left two
 * busy workers on one CPU for a second while the other CPU was idle. That doubles the
 * time of some runs and not of others. So a parked worker that wakes up moves to its
 * home. The restriction is lifted at once: nothing stays pinned, and threads that the
 * allocator starts do not inherit it.
 */
static int home_of(unsigned number) {
    cpu_set_t all;
    if (sched_getaffinity(0, sizeof all, &all) < 0)
        return -1; /* more CPUs than the set holds: the kernel alone places the worker */
    unsigned left = number % (unsigned)CPU_COUNT(&all);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &all) && left-- == 0)
            return cpu;
    return -1;
}

static void go_home(const struct worker *worker) {
    cpu_set_t all, one;
    if (worker->home < 0 || sched_getcpu() == worker->home ||
        sched_getaffinity(0, sizeof all, &all) < 0)
        return;
    CPU_ZERO(&one);
    CPU_SET((size_t)worker->home, &one);
    sched_setaffinity(0, sizeof one, &one); /* if that fails, it stays where it is */
    sched_setaffinity(0, sizeof all, &all);
}

/* Waits for work. Returns a task if the second look finds one; NULL after a wake-up, or
 * if there is a call to answer. */
static struct task *park(struct worker *worker) {
    struct pool *pool = worker->pool;
    atomic_fetch_add_explicit(&pool->sleepers, 1, memory_order_relaxed);
    /* acquire: pairs with the release in announce() */
    uint32_t seen = atomic_load_explicit(&pool->signal, memory_order_acquire);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in announce() */
    struct task *task = find_task(worker);
    if (!task && !is_called(worker)) {
        /* The main thread waits until all are parked. The last one tells it. */
        if (atomic_fetch_add_explicit(&pool->parked, 1, memory_order_acq_rel) + 1 ==
            pool->threads) {
            atomic_fetch_add_explicit(&pool->quiet, 1, memory_order_release);
            futex_wake(&pool->quiet, 1);
        }
        futex_wait(&pool->signal, seen);
        atomic_fetch_sub_explicit(&pool->parked, 1, memory_order_relaxed);
        go_home(worker);
    }
    atomic_fetch_sub_explicit(&pool->sleepers, 1, memory_order_relaxed);
    return task;
}

static void touch_stack(void) {
    volatile char stack[STACK_TOUCHED];
    for (size_t i = 0; i < sizeof stack; i += 1024)
        stack[i] = 1;
}

/* Runs the call to every worker. False if the worker must exit. */
static bool answer_call(struct worker *worker) {
    struct pool *pool = worker->pool;
    worker->calls_seen = atomic_load_explicit(&pool->calls, memory_order_acquire);
    if (!pool->call)
        return false;
    pool->call(pool->call_context, worker->number);
    /* The last one tells the main thread. acq_rel: it passes on the others' results. */
    if (atomic_fetch_sub_explicit(&pool->calls_left, 1, memory_order_acq_rel) == 1)
        atomic_store_explicit(&pool->calls_done, 1, memory_order_release);
    return true;
}

static void *work(void *argument) {
    own = argument;
    heap_use_counters(own->number);
    own->home = home_of(own->number);
    touch_stack();
    for (;;) {
        struct task *task = NULL;
        for (int spin = 0; !task && !is_called(own) && spin < SPINS; spin++)
            task = find_task(own);
        if (!task)
            task = park(own);
        if (task)
            run_task(task);
        if (is_called(own) && !answer_call(own))
            return NULL;
    }
}

/* Waits until every worker is parked and, if `done` is not NULL, `*done` is set. */
static void wait_until_parked(struct pool *pool, const _Atomic int *done) {
    for (;;) {
        /* acquire, all three: they pair with the releases in run_task(), answer_call()
         * and park() */
        uint32_t quiet = atomic_load_explicit(&pool->quiet, memory_order_acquire);
        if ((!done || atomic_load_explicit(done, memory_order_acquire)) &&
            atomic_load_explicit(&pool->parked, memory_order_acquire) == pool->threads)
            return;
        futex_wait(&pool->quiet, quiet);
    }
}

struct pool *pool_start(unsigned threads) {
    struct pool *pool = memory_map(sizeof *pool + threads * sizeof(struct worker));
    pool->threads = threads;
    for (unsigned i = 0; i < threads; i++) {
        struct worker *worker = &pool->workers[i];
        worker->pool = pool;
        worker->number = i;
        rng_seed(&worker->rng, i);
        if (pthread_create(&worker->thread, NULL, work, worker) != 0)
            say_fail("cannot start %u threads", threads);
    }
    wait_until_parked(pool, NULL);
    return pool;
}

/* Does other work until `task` is done, or yields: another worker runs the task. */
static void help_until_done(struct task *task) {
    while (!atomic_load_explicit(&task->done, memory_order_acquire)) {
        struct task *other = find_task(own);
        if (other)
            run_task(other);
        else
            sched_yield();
    }
}

void pool_join(pool_function *a, void *a_context, pool_function *b, void *b_context) {
    struct task task = {.run = b, .context = b_context};
    if (!deque_push(&own->deque, &task)) { /* full: run them one after the other */
        a(a_context);
        b(b_context);
        return;
    }
    announce(own->pool, 1);
    a(a_context);
    struct task *newest = deque_pop(&own->deque);
    if (newest == &task)
        task.run(task.context);
    else if (newest)
        say_fail("the pool's deque is out of order");
    else
        help_until_done(&task);
}

/* A range of indices that is split in halves. */
struct range {
    size_t from, to, grain;
    pool_body *body;
    void *context;
};

static void run_range(void *argument) {
    const struct range *range = argument;
    if (range->to - range->from > range->grain) {
        struct range left = *range, right = *range;
        left.to = right.from = range->from + (range->to - range->from) / 2;
        pool_join(run_range, &left, run_range, &right);
        return;
    }
    for (size_t i = range->from; i < range->to; i++)
        range->body(range->context, i, own->number);
}

void pool_for_each(struct pool *pool, size_t count, size_t grain, pool_body *body,
                   void *context) {
    struct range range = {0, count, grain ? grain : 1, body, context};
    struct task task = {.run = run_range, .context = &range};
    if (count == 0)
        return;
    /* release: pairs with the acquire in find_task() */
    atomic_store_explicit(&pool->injected, &task, memory_order_release);
    announce(pool, 1);
    wait_until_parked(pool, &task.done);
}

static void call_all(struct pool *pool, pool_call *call, void *context) {
    pool->call = call;
    pool->call_context = context;
    /* release: pairs with the acquire in is_called() */
    atomic_fetch_add_explicit(&pool->calls, 1, memory_order_release);
    announce(pool, INT_MAX);
}

void pool_each_worker(struct pool *pool, pool_call *call, void *context) {
    atomic_store_explicit(&pool->calls_left, pool->threads, memory_order_relaxed);
    atomic_store_explicit(&pool->calls_done, 0, memory_order_relaxed);
    call_all(pool, call, context); /* its release publishes both */
    wait_until_parked(pool, &pool->calls_done);
}

void pool_end(struct pool *pool) {
    call_all(pool, NULL, NULL);
    for (unsigned i = 0; i < pool->threads; i++)
        pthread_join(pool->workers[i].thread, NULL);
}
