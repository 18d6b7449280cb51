#ifndef TIDEMARK_WORKLOADS_DEQUE_H
#define TIDEMARK_WORKLOADS_DEQUE_H

#include <stdatomic.h>
#include <stdint.h>

struct task;

/*
 * Chase-Lev work-stealing deque of fixed capacity, with the memory orders of Lê, Pop,
 * Cohen and Zappa Nardelli, "Correct and Efficient Work-Stealing for Weak Memory Models"
 * (PPoPP 2013), figure 1.
 *
 * Only the owner writes `bottom`. The thread that takes the oldest task writes `top`, by
 * compare-and-swap. Task number i is in slot i modulo the capacity; the owner writes the
 * slot before `bottom` passes it. Invariant: 0 <= bottom - top <= DEQUE_CAPACITY, except
 * that bottom may be top - 1 for an instant in deque_pop().
 */
enum { DEQUE_CAPACITY = 1024 };

struct deque {
    _Atomic int64_t top;
    char padding[64 - sizeof(int64_t)]; /* `top` and `bottom` in different cache lines */
    _Atomic int64_t bottom;
    _Atomic(struct task *) slots[DEQUE_CAPACITY];
};

/* By the owner. 0 if the deque is full. */
int deque_push(struct deque *deque, struct task *task);

/* By the owner: takes the newest task. NULL if there is none. */
struct task *deque_pop(struct deque *deque);

/* By others: takes the oldest task. NULL if there is none, or if another thread was
 * quicker. */
struct task *deque_steal(struct deque *deque);

#endif
