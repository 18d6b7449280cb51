#ifndef TIDEMARK_HARNESS_FREEMEMORY_H
#define TIDEMARK_HARNESS_FREEMEMORY_H

#include <stdint.h>

/*
 * Bytes that this process could take without anything being reclaimed: the lesser of what
 * the system has free and what the process's control groups (version 2) allow. 0 if that
 * is unknown.
 */
uint64_t free_memory(void);

/* Bytes of it that lie in pieces too small for a huge page, as /proc/buddyinfo has them;
 * 0 where that can't be read. */
uint64_t free_memory_in_remains(void);

#endif
