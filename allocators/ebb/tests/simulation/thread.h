/* Virtual threads: coroutines on one thread of the system, switched between at the steps
 * of ebb's atomic operations and system calls, by decisions that come from the plan. Time
 * is virtual, and passes by steps, or when nobody can run. */
#ifndef EBB_SIMULATION_THREAD_H
#define EBB_SIMULATION_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"

/* Threads that ebb makes come after those of the plan. */
enum { THREADS_MADE = 4, THREADS_MAX = PLAN_THREADS + THREADS_MADE };

/* Another thread may run here: before each atomic operation of ebb's. */
void sim_step(void);
/* The same around a system call, which also makes the thread's stores visible. */
void sim_call(void);
/* Makes every thread's stores visible. */
void threads_barrier(void);

/* By chance, for the current thread: below n, or so often per thousand. False where no
 * thread runs, so that nothing is refused while the heap is looked at. */
unsigned thread_random(unsigned n);
bool thread_chance(unsigned per_thousand);

/* Calls it without a chance for anybody else. */
unsigned thread_at_once(unsigned (*look)(void));

uint64_t thread_now_ns(void);

/* Sleeps until thread_wake(address), by chance, or until the time has come (0: for
 * ever). False when time was up. */
bool thread_wait(const void *address, uint64_t deadline_ns);
unsigned thread_wake(const void *address, unsigned count);
void thread_sleep(uint64_t ns);

/* Number of the running thread; THREADS_MAX outside of all. */
unsigned thread_number(void);
/* A thread beside those of the plan; its number, or -1 when there are too many. */
int thread_make(void *(*start)(void *), void *argument);
void thread_join(unsigned number);

/* The value of the one thread-specific key. */
void thread_set_value(void *value);
void *thread_value(void);

/* Ends the running thread of the plan when its operation is over. */
void thread_exit_after(void);

/* In the child of a fork: nobody is left but the running thread (if any), and the plan
 * is another. */
void thread_forget_others(const struct plan *plan);

/* Runs operations until all are over and every thread is at rest: one of the plan between
 * two operations, one of ebb's where it waits for work. `play` performs one, `rest` is
 * called when nobody is in the middle of anything. */
struct script {
    void (*play)(const struct op *op);
    void (*rest)(void);
};
void threads_run(const struct plan *plan, const struct script *script);

/* From now on nobody is preempted. */
void threads_calm(void);

/* Whether the thread exists: it has run something, and has not exited. */
bool thread_is_alive(unsigned number);

#endif
