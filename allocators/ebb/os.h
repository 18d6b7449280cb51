/* The only seam to the operating system. Every function keeps errno; those that can
 * fail return 0 or -errno. Addresses and sizes are multiples of the OS page. */
#ifndef EBB_OS_H
#define EBB_OS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t os_page_size(void);

/* Bytes of address space that the process may still ask for; SIZE_MAX if unlimited. */
size_t os_address_space_limit(void);

/* Minor page faults that the calling thread has taken; 0 where nobody counts them. */
size_t os_page_faults(void);

/* Reserves address space that can't be touched yet, aligned to align (a power of two). */
int os_reserve(size_t size, size_t align, void **ret_base);
/* Makes reserved pages readable: as zero, without a cost until they are made usable. */
int os_readable(void *base, size_t size);
/* Makes reserved pages usable; they read as zero. */
int os_commit(void *base, size_t size);
/* Gives the memory of usable pages back; they stay usable and read as zero. */
int os_discard(void *base, size_t size);
/* Asks for small pages in a range. Failure doesn't matter. */
void os_no_huge_pages(void *base, size_t size);

int os_map(size_t size, size_t align, void **ret_base);
void os_unmap(void *base, size_t size);
/* Resizes a mapping from os_map, moving it if need be. */
int os_remap(void *base, size_t old_size, size_t size, void **ret_base);

/* Announces use of os_barrier(); once, early, while it is cheap. */
void os_barrier_register(void);
/* A full memory barrier on every thread of the process; -errno if there is none. */
int os_barrier(void);

/* Sleeps while *address is value: until woken, by chance, or for at most ms
 * milliseconds (0: for ever). */
void os_wait(_Atomic uint32_t *address, uint32_t value, unsigned ms);
void os_wake(_Atomic uint32_t *address, int waiters);
void os_sleep_us(unsigned us);

/* Milliseconds since some instant. */
uint64_t os_now_ms(void);

void os_write_error(const char *text, size_t length);
_Noreturn void os_abort(void);

#endif
