/* The operating system's calls for memory, futexes, barriers and clocks. Every function
 * keeps errno. Those that can fail return 0 or -errno. Addresses and sizes are multiples
 * of the OS page. */
#ifndef EBB_OS_H
#define EBB_OS_H

#if !defined(__linux__)
#error "ebb runs on Linux only: it needs its madvise, membarrier and futex"
#elif __SIZEOF_POINTER__ != 8
#error "ebb needs pointers of 64 bits: it reserves much address space"
#elif !defined(__x86_64__) && !defined(__aarch64__) && !defined(EBB_UNTESTED)
#error "ebb is tested on x86-64 and aarch64 only; elsewhere define EBB_UNTESTED"
#endif

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t os_page_size(void);

/* Bytes of address space that the process may have; SIZE_MAX if unlimited. */
size_t os_address_space_limit(void);

/* Minor page faults that the calling thread has taken; 0 where nobody counts them. */
size_t os_page_faults(void);

/* Reserves address space that can't be touched yet, aligned to align (a power of two). */
int os_reserve(size_t size, size_t align, void **ret_base);
/* The same at an address. -EEXIST if any of it is in use. */
int os_reserve_at(void *at, size_t size);
/* Maps a page of zeros. A fork's child finds it zeroed again. -ENOTSUP if the kernel
 * can't do that. */
int os_map_wiped_on_fork(void **ret_page);
/* Makes reserved pages readable: as zero, without a cost until they are made usable. */
int os_readable(void *base, size_t size);
/* Makes reserved pages usable; they read as zero. */
int os_commit(void *base, size_t size);
/* Gives the memory of usable pages back; they stay usable and read as zero. Adds the
 * bytes that were resident to ret_bytes. On failure, a part of it may be gone: a page is
 * locked, or the system only pretends to give memory back. Some emulators and sandboxes
 * pretend. ebb finds that out once, and from then on this always fails. */
int os_discard(void *base, size_t size, size_t *ret_bytes);
/* Puts a huge page behind a range of just its size and alignment. The range must be
 * usable, hold no memory, and have huge pages allowed. -errno if the kernel supplies
 * none; then the first page may have memory now. */
int os_back_by_huge_page(void *base, size_t size);
/* Splits the huge page behind a range, so that parts can be given back. The contents
 * stay. Failure doesn't matter: what is given back leaves the process anyway. */
void os_split_huge_page(void *base);
/* Forbids the kernel huge pages in a range. -EAGAIN if that would make more mappings than
 * a process may have. */
int os_no_huge_pages(void *base, size_t size);
/* Lets the kernel put huge pages there at page faults. Failure doesn't matter. */
void os_allow_huge_pages(void *base, size_t size);

/* Maps zeroed memory, aligned to align (a power of two). */
int os_map(size_t size, size_t align, void **ret_base);
/* -errno where that would make more mappings than a process may have. */
int os_unmap(void *base, size_t size);
/* Makes pages inaccessible. */
int os_forbid(void *base, size_t size);
/* Resizes a mapping from os_map, moving it if need be. */
int os_remap(void *base, size_t old_size, size_t size, void **ret_base);

int os_pid(void);

/* Whether the calling thread is the one that the process began with: in a fork's child,
 * the one that forked. */
bool os_is_main_thread(void);

/* Tells the kernel that os_barrier() will be used. Call it once, early: it is cheap while
 * the process has one thread. */
void os_barrier_register(void);
/* A full memory barrier on every thread of the process; -errno if there is none. */
int os_barrier(void);

/* Sleeps while *address is value, until it is woken, for at most ms milliseconds (0: for
 * ever). May also return without a reason. */
void os_wait(_Atomic uint32_t *address, uint32_t value, unsigned ms);
void os_wake(_Atomic uint32_t *address, int waiters);
void os_sleep_us(unsigned us); /* not a cancellation point */

/* Identifies the calling thread, by the same value in a fork's child. */
const void *os_thread(void);

/* How many processors the process's main thread may run on; 1 if unknown. */
unsigned os_cpus(void);

/* A number that differs from process to process (but not from call to call). */
uint64_t os_random(void);

/* Milliseconds since some instant. */
uint64_t os_now_ms(void);

/* Processor time of the calling thread, in microseconds. */
uint64_t os_thread_cpu_us(void);

void os_write_error(const char *text, size_t length);
_Noreturn void os_abort(void);

#endif
