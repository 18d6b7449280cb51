#include "deque.h"

#include <stddef.h>

static _Atomic(struct task *) *slot(struct deque *deque, int64_t number) {
    return &deque->slots[number & (DEQUE_CAPACITY - 1)];
}

int deque_push(struct deque *deque, struct task *task) {
    /* relaxed: only the owner writes bottom */
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
    /* acquire: pairs with the thieves' swap: they have read a slot before it is reused */
    int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);
    if (bottom - top >= DEQUE_CAPACITY)
        return 0;
    /* relaxed: published by the release that follows */
    atomic_store_explicit(slot(deque, bottom), task, memory_order_relaxed);
    /* release: pairs with the acquire of bottom in deque_steal() */
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_release);
    return 1;
}

struct task *deque_pop(struct deque *deque) {
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed) - 1;
    atomic_store_explicit(&deque->bottom, bottom, memory_order_relaxed);
    /* The store above must be visible before `top` is read. Pairs with the fence in
     * deque_steal(): at least one side sees the other. */
    atomic_thread_fence(memory_order_seq_cst);
    int64_t top = atomic_load_explicit(&deque->top, memory_order_relaxed);
    struct task *task = NULL;
    if (top <= bottom) {
        task = atomic_load_explicit(slot(deque, bottom), memory_order_relaxed);
        if (top != bottom)
            return task; /* there are older ones: no thief can reach this one */
        /* The last one: take it from the other end, as a thief does. */
        if (!atomic_compare_exchange_strong_explicit(
                &deque->top, &top, top + 1, memory_order_seq_cst, memory_order_relaxed))
            task = NULL;
    }
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_relaxed);
    return task;
}

struct task *deque_steal(struct deque *deque) {
    int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);
    atomic_thread_fence(memory_order_seq_cst); /* pairs with the fence in deque_pop() */
    /* acquire: pairs with the release in deque_push(), which published the slot */
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_acquire);
    if (top >= bottom)
        return NULL;
    struct task *task = atomic_load_explicit(slot(deque, top), memory_order_relaxed);
    /* If the owner has overwritten the slot meanwhile, another thread has taken task
     * number `top`, and the swap fails. */
    if (!atomic_compare_exchange_strong_explicit(
            &deque->top, &top, top + 1, memory_order_seq_cst, memory_order_relaxed))
        return NULL;
    return task;
}
