#ifndef TIDEMARK_HARNESS_HEAP_H
#define TIDEMARK_HARNESS_HEAP_H

#include <stddef.h>

/*
 * Small memory that a command cannot go on without: lists, names, figures. If there is
 * none, the command ends with a message and exit code 3. Nothing sensible could follow,
 * and no finished cell is lost, because a run's journal has it. Programs that are watched
 * may go on, as after a kill.
 */

/* An array of zero bytes. The caller frees it. */
void *heap_new(size_t count, size_t size);

/* The array with another number of entries; new entries are undefined. */
void *heap_resize(void *array, size_t count, size_t size);

/* Ends the command, as if one of these had failed. */
_Noreturn void heap_exhausted(void);

#endif
