#ifndef TIDEMARK_WORKLOADS_MEMORY_H
#define TIDEMARK_WORKLOADS_MEMORY_H

#include <stddef.h>

/*
 * The workload's own memory, straight from mmap: the allocator under test never sees it,
 * and since it is populated at once, it is wholly part of the process's baseline.
 */

/* Zeroed and resident; ends the process with status 3 where there is none. */
void *memory_map(size_t bytes);

/* For scratch that must not outlive a checkpoint. */
void memory_unmap(void *memory, size_t bytes);

#endif
