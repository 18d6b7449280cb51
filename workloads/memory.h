#ifndef TIDEMARK_WORKLOADS_MEMORY_H
#define TIDEMARK_WORKLOADS_MEMORY_H

#include <stddef.h>

/*
 * The workload's own memory, directly from mmap(). The allocator under test never sees
 * it. It is populated at once, so the process's baseline contains all of it.
 */

/* Maps zeroed, populated memory. Ends the process with EXIT_WORK if there is none. */
void *memory_map(size_t bytes);

/* Scratch memory must be unmapped before the next checkpoint. */
void memory_unmap(void *memory, size_t bytes);

#endif
