/* The system's side of ebb's calls, by the linker's --wrap: memory in system.c, the rest
 * in calls.c. Real memory stays underneath, at addresses that are the same in each run.
 */
#ifndef EBB_SIMULATION_SYSTEM_H
#define EBB_SIMULATION_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "plan.h"

void system_start(const struct settings *settings);
extern struct settings settings;

/* Calls that were refused in this run, and huge pages that weren't to be had: the first
 * page of a region may have become resident in vain. */
extern unsigned long system_refused, system_huge_refused;

/* Whether the system refuses nothing. */
void system_set_calm(bool calm);

/* The handlers that pthread_atfork() was given; NULL: none. */
struct fork_handlers {
    void (*before)(void), (*in_parent)(void), (*in_child)(void);
};
extern struct fork_handlers fork_handlers;

/* What pthread_key_create() was given. */
extern void (*system_key_destructor)(void *);

void *__real_mmap(void *, size_t, int, int, int, off_t);
int __real_munmap(void *, size_t);
int __real_mincore(void *, size_t, unsigned char *);
int __real_madvise(void *, size_t, int);
void *__real_mremap(void *, size_t, size_t, int, ...);
int __real_mprotect(void *, size_t, int);

#endif
