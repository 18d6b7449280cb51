/* Atomic operations with the memory order in the name, so that a reader can grep by
 * order. There is deliberately no wrapper with an implicit order and none for the
 * sequentially consistent one: the protocols in DESIGN.md need neither. */
#ifndef EBB_ATOMIC_H
#define EBB_ATOMIC_H

#include <stdatomic.h>

/* In the simulation (tests/simulation) another thread may run before each operation, and
 * a store may become visible late. The counting build (tests/counting) counts them. */
#if defined(EBB_SIMULATION) || defined(EBB_COUNTING)
#define EBB_HOOKS
#include "hooks.h"
#else
#define hook_load(p) ((void)0)
#define hook_modify(p) ((void)0)
#define store_relaxed(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define store_release(p, v) atomic_store_explicit((p), (v), memory_order_release)
#endif

#define load_relaxed(p) (hook_load(p), atomic_load_explicit((p), memory_order_relaxed))
#define load_acquire(p) (hook_load(p), atomic_load_explicit((p), memory_order_acquire))
#define add_relaxed(p, v)                                                                \
    (hook_modify(p), atomic_fetch_add_explicit((p), (v), memory_order_relaxed))
#define sub_relaxed(p, v)                                                                \
    (hook_modify(p), atomic_fetch_sub_explicit((p), (v), memory_order_relaxed))
#define or_relaxed(p, v)                                                                 \
    (hook_modify(p), atomic_fetch_or_explicit((p), (v), memory_order_relaxed))
#define and_relaxed(p, v)                                                                \
    (hook_modify(p), atomic_fetch_and_explicit((p), (v), memory_order_relaxed))
#define or_acq_rel(p, v)                                                                 \
    (hook_modify(p), atomic_fetch_or_explicit((p), (v), memory_order_acq_rel))
#define and_acq_rel(p, v)                                                                \
    (hook_modify(p), atomic_fetch_and_explicit((p), (v), memory_order_acq_rel))
#define and_acquire(p, v)                                                                \
    (hook_modify(p), atomic_fetch_and_explicit((p), (v), memory_order_acquire))
#define exchange_relaxed(p, v)                                                           \
    (hook_modify(p), atomic_exchange_explicit((p), (v), memory_order_relaxed))
#define exchange_acquire(p, v)                                                           \
    (hook_modify(p), atomic_exchange_explicit((p), (v), memory_order_acquire))
#define exchange_release(p, v)                                                           \
    (hook_modify(p), atomic_exchange_explicit((p), (v), memory_order_release))
#define cas_acquire(p, expected, v)                                                      \
    (hook_modify(p),                                                                     \
     atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_acquire, \
                                             memory_order_relaxed))
#define cas_acq_rel(p, expected, v)                                                      \
    (hook_modify(p),                                                                     \
     atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_acq_rel, \
                                             memory_order_relaxed))
#define cas_relaxed(p, expected, v)                                                      \
    (hook_modify(p),                                                                     \
     atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_relaxed, \
                                             memory_order_relaxed))

/* Keeps the compiler from moving memory accesses across it. The processor still may. At
 * the takeover gate, the taker's membarrier(2) keeps the processor from it. */
#define compiler_barrier() atomic_signal_fence(memory_order_seq_cst)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#endif
