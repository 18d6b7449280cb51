#ifndef TIDEMARK_HARNESS_FREEMEMORY_H
#define TIDEMARK_HARNESS_FREEMEMORY_H

#include <stdint.h>

/*
 * Bytes that this process could take without any reclaim: what the system has free, or
 * what the control groups (version 2) of the process allow, whichever is less. 0 if
 * unknown.
 */
uint64_t free_memory(void);

/*
 * Bytes that new processes could take without swapping: what the kernel estimates as
 * available, or what the control groups allow if cached files are dropped, whichever is
 * less. UINT64_MAX if unknown.
 */
uint64_t available_memory(void);

/* Bytes of memory that the machine has. 0 if unknown. */
uint64_t total_memory(void);

/* Bytes of free memory that lie in pieces too small for a huge page, from
 * /proc/buddyinfo. 0 if that cannot be read. */
uint64_t free_memory_in_remains(void);

#endif
