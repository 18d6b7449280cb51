#ifndef TIDEMARK_HARNESS_FREEMEMORY_H
#define TIDEMARK_HARNESS_FREEMEMORY_H

#include <stdint.h>

/*
 * Bytes that this process could take without anything being reclaimed: the lesser of what
 * the system has free and what the process's control groups (version 2) allow. 0 if that
 * is unknown.
 */
uint64_t free_memory(void);

/*
 * Bytes that new processes could take without swapping: what the kernel estimates as
 * available, and what the control groups leave beside the files they cache, whichever is
 * less. UINT64_MAX where that cannot be told.
 */
uint64_t available_memory(void);

/* All that the machine has; 0 where that can't be told. */
uint64_t total_memory(void);

/* Bytes of it that lie in pieces too small for a huge page, as /proc/buddyinfo has them;
 * 0 where that can't be read. */
uint64_t free_memory_in_remains(void);

#endif
