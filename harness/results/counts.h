#ifndef TIDEMARK_HARNESS_COUNTS_H
#define TIDEMARK_HARNESS_COUNTS_H

#include <jansson.h>

/* What strace and valgrind count of a process. The caller owns what these return. */

/* The system calls, as `strace -c -U calls,name` sums them up: {name: calls}. NULL where
 * the text is no such table. */
json_t *counts_syscalls(const char *text);

/* The instructions, as cachegrind's output file sums them up ("summary: N"). NULL where
 * the text has no such line. */
json_t *counts_instructions(const char *text);

/* The system calls that allocators need to manage memory and locks, in the order of the
 * report's columns. */
extern const char *const syscalls_columns[];
enum { SYSCALLS_COLUMNS = 8 };

#endif
