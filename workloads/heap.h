#ifndef TIDEMARK_WORKLOADS_HEAP_H
#define TIDEMARK_WORKLOADS_HEAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * The allocator's calls, counted. Every block carries a stamp that is written when it is
 * allocated and checked when it is freed, so that an allocator which hands out memory
 * twice is found, and so that pages are touched as a program touches them: small blocks
 * wholly, blocks over 8 KiB to 58 %, which is the share of their bytes that the recorded
 * bundler wrote.
 */

/* What one thread counted; each thread writes only its own, the main thread reads parked
 * ones. */
struct heap_counters {
    uint64_t calls;        /* malloc, calloc, realloc, aligned_alloc, free */
    int64_t held;          /* requested bytes: allocated minus freed here */
    uint64_t checksum;     /* sum over freed and checked blocks: independent of order */
    char padding[64 - 24]; /* a cache line of its own */
};

/* Counters of this thread; set by heap_use_counters() before its first call. */
extern _Thread_local struct heap_counters *heap_own;

/* Maps counters for `threads` + 1 threads (the main thread's last). */
void heap_setup(unsigned threads);

/* Times every call of malloc, realloc and free from now on (latency.h). */
void heap_measure_latency(void);

/* Makes this thread use the counters with this number. */
void heap_use_counters(unsigned thread);

/* The sums over all threads, while they are parked. */
struct heap_counters heap_total(void);

/* Each ends the process (EXIT_WORK) where the allocator returns NULL. */
void *heap_alloc(size_t size, uint32_t stamp);
void *heap_alloc_zeroed(size_t size, uint32_t stamp); /* checks that it is zero */
void *heap_alloc_aligned(size_t alignment, size_t size, uint32_t stamp);

/* The contents are kept and checked; the block has the same stamp afterwards. */
void *heap_resize(void *block, size_t old_size, size_t new_size, uint32_t stamp);

/* Checks the contents, adds them to the checksum, and frees. */
void heap_free(void *block, size_t size, uint32_t stamp);

/* Checks the contents of a block that stays, and adds them to the checksum. */
void heap_check(const void *block, size_t size, uint32_t stamp);

#endif
