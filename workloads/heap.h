#ifndef TIDEMARK_WORKLOADS_HEAP_H
#define TIDEMARK_WORKLOADS_HEAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * The allocator's calls, counted. Every block gets a stamp when it is allocated, and the
 * stamp is checked when the block is freed. That finds an allocator that hands out memory
 * twice. It also touches pages as a program does: small blocks are written wholly, blocks
 * over 8 KiB to 58 %, the share of their bytes that the recorded bundler wrote. Sizes
 * must be above 0.
 */

/* What one thread counted. Each thread writes only its own counters. The main thread
 * reads them while the others are parked. */
struct heap_counters {
    uint64_t calls;    /* malloc, calloc, realloc, aligned_alloc, free */
    int64_t held;      /* requested bytes: allocated minus freed here */
    uint64_t checksum; /* sum over freed and checked blocks, so the order of calls does
                          not matter */
    char padding[64 - 24]; /* a cache line of its own */
};

/* This thread's counters. Every thread must call heap_use_counters() before its first
 * call below. */
extern _Thread_local struct heap_counters *heap_own;

/* Maps counters for `threads` workers and the main thread, which has the last ones. */
void heap_setup(unsigned threads);

/* Times every call of malloc, realloc and free from now on (latency.h). */
void heap_measure_latency(void);

/* Makes this thread use the counters with this number. */
void heap_use_counters(unsigned thread);

/* The sums over all threads. They must be parked. */
struct heap_counters heap_total(void);

/* Each of these ends the process with EXIT_WORK if the allocator returns NULL. */
void *heap_alloc(size_t size, uint32_t stamp);
/* Also checks that the first and last byte are zero. */
void *heap_alloc_zeroed(size_t size, uint32_t stamp);
void *heap_alloc_aligned(size_t alignment, size_t size, uint32_t stamp);

/* Reallocates. Checks the contents before and the stamp afterwards, which stays. */
void *heap_resize(void *block, size_t old_size, size_t new_size, uint32_t stamp);

/* Checks the contents, adds them to the checksum, and frees. */
void heap_free(void *block, size_t size, uint32_t stamp);

/* Checks the contents of a block that stays, and adds them to the checksum. */
void heap_check(const void *block, size_t size, uint32_t stamp);

#endif
