#ifndef TIDEMARK_HARNESS_ALLOC_H
#define TIDEMARK_HARNESS_ALLOC_H

#include <stddef.h>

/*
 * Memory without which nothing sensible can follow. If there is none, these functions end
 * the process: a message on standard error, and exit code 3. The journal of a run keeps
 * every finished cell. The caller frees it.
 */

/* An array of `count` entries, all zero. Never NULL, even for a count of 0. */
void *alloc_array(size_t count, size_t size);

/* The array with room for one more entry; it is moved if it had to grow. */
void *alloc_room(void *array, size_t count, size_t *capacity, size_t size);

/* A text, printf style. */
__attribute__((format(printf, 1, 2))) char *alloc_text(const char *format, ...);

#endif
