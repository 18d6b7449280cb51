/* What ebb's atomic operations (atomic.h) are made of in a simulation. */
#ifndef EBB_SIMULATION_HOOKS_H
#define EBB_SIMULATION_HOOKS_H

#include <stddef.h>
#include <stdint.h>

/* Before an operation on *p that only reads, or that reads and writes at once. */
void sim_load(const volatile void *p);
void sim_modify(void);
/* A store of size bytes: seen by other threads now or later. */
void sim_store(volatile void *p, size_t size, uint64_t value);

#define hook_load(p) sim_load(p)
#define hook_modify(p) sim_modify()
#define store_relaxed(p, v) sim_store((p), sizeof *(p), (uint64_t)(v))
#define store_release(p, v) sim_store((p), sizeof *(p), (uint64_t)(v))

#endif
