/* Atomic operations with the memory order in the name, so that a reader can grep by
 * order. There is deliberately no wrapper with an implicit order and none for the
 * sequentially consistent one: the protocols in DESIGN.md need neither. */
#ifndef EBB_ATOMIC_H
#define EBB_ATOMIC_H

#include <stdatomic.h>

/* In the simulation (tests/simulation) another thread may run before each operation, and
 * a store may become visible late. */
#ifdef EBB_SIMULATION
#include "hooks.h"
#else
#define sim_load(p) ((void)0)
#define sim_modify() ((void)0)
#define store_relaxed(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define store_release(p, v) atomic_store_explicit((p), (v), memory_order_release)
#endif

#define load_relaxed(p) (sim_load(p), atomic_load_explicit((p), memory_order_relaxed))
#define load_acquire(p) (sim_load(p), atomic_load_explicit((p), memory_order_acquire))
#define add_relaxed(p, v)                                                                \
    (sim_modify(), atomic_fetch_add_explicit((p), (v), memory_order_relaxed))
#define sub_relaxed(p, v)                                                                \
    (sim_modify(), atomic_fetch_sub_explicit((p), (v), memory_order_relaxed))
#define or_relaxed(p, v)                                                                 \
    (sim_modify(), atomic_fetch_or_explicit((p), (v), memory_order_relaxed))
#define and_relaxed(p, v)                                                                \
    (sim_modify(), atomic_fetch_and_explicit((p), (v), memory_order_relaxed))
#define or_acq_rel(p, v)                                                                 \
    (sim_modify(), atomic_fetch_or_explicit((p), (v), memory_order_acq_rel))
#define and_acq_rel(p, v)                                                                \
    (sim_modify(), atomic_fetch_and_explicit((p), (v), memory_order_acq_rel))
#define and_acquire(p, v)                                                                \
    (sim_modify(), atomic_fetch_and_explicit((p), (v), memory_order_acquire))
#define exchange_relaxed(p, v)                                                           \
    (sim_modify(), atomic_exchange_explicit((p), (v), memory_order_relaxed))
#define exchange_acquire(p, v)                                                           \
    (sim_modify(), atomic_exchange_explicit((p), (v), memory_order_acquire))
#define exchange_release(p, v)                                                           \
    (sim_modify(), atomic_exchange_explicit((p), (v), memory_order_release))
#define cas_acquire(p, expected, v)                                                      \
    (sim_modify(),                                                                       \
     atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_acquire, \
                                             memory_order_relaxed))
#define cas_acq_rel(p, expected, v)                                                      \
    (sim_modify(),                                                                       \
     atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_acq_rel, \
                                             memory_order_relaxed))
#define cas_relaxed(p, expected, v)                                                      \
    (sim_modify(),                                                                       \
     atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_relaxed, \
                                             memory_order_relaxed))

/* Keeps the compiler from moving memory accesses across it. The processor still may. At
 * the takeover gate, the taker's membarrier(2) keeps the processor from it. */
#define compiler_barrier() atomic_signal_fence(memory_order_seq_cst)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#endif
