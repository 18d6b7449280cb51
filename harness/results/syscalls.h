#ifndef TIDEMARK_HARNESS_SYSCALLS_H
#define TIDEMARK_HARNESS_SYSCALLS_H

#include <jansson.h>
#include <stddef.h>

/*
 * The system calls of a process, as `strace -c -U calls,name` sums them up: the JSON
 * object {name: calls}, owned by the caller. NULL where the text is no such table.
 */
json_t *syscalls_parse(const char *text);

/* The system calls that allocators need to manage memory and locks, in the order of the
 * report's columns. */
extern const char *const syscalls_columns[];
enum { SYSCALLS_COLUMNS = 8 };

#endif
