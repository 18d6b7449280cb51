/* What ebb's atomic operations (atomic.h) tell the counting build. */
#ifndef EBB_COUNTING_HOOKS_H
#define EBB_COUNTING_HOOKS_H

/* Before an operation on *p that reads, or stores, or does both at once. */
void counting_load(const volatile void *p);
void counting_store(const volatile void *p);
void counting_modify(const volatile void *p);

/* Before a lock is taken in this file, and at each call of the program. */
void counting_lock(const char *file);
void counting_call(void);

#define hook_load(p) counting_load(p)
#define hook_modify(p) counting_modify(p)
#define store_relaxed(p, v)                                                              \
    (counting_store(p), atomic_store_explicit((p), (v), memory_order_relaxed))
#define store_release(p, v)                                                              \
    (counting_store(p), atomic_store_explicit((p), (v), memory_order_release))

#endif
