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
 * `bottom` is written by the owner only; `top` by whoever takes the oldest task, by
 * compare-and-swap. Slot i holds the task number i modulo the capacity; it is written by
 * the owner before `bottom` passes it. Invariant: 0 <= bottom - top <= DEQUE_CAPACITY,
 * but for the instant in deque_pop() in which bottom may be top - 1.
 */
enum { DEQUE_CAPACITY = 1024 };

struct deque {
    _Atomic int64_t top;
    char padding[64 - sizeof(int64_t)]; /* thieves' line apart from the owner's */
    _Atomic int64_t bottom;
    _Atomic(struct task *) slots[DEQUE_CAPACITY];
};

/* By the owner. 0 where it is full. */
int deque_push(struct deque *deque, struct task *task);

/* By the owner: the newest, or NULL. */
struct task *deque_pop(struct deque *deque);

/* By others: the oldest, or NULL where there is none or another thread was quicker. */
struct task *deque_steal(struct deque *deque);

#endif
