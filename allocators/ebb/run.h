/* Runs of slices: sizes above SLAB_BLOCK_MAX, up to where a mapping of its own pays. */
#ifndef EBB_RUN_H
#define EBB_RUN_H

#include "types.h"

/* Largest run; above, direct mappings (DESIGN.md, "Constants"). */
enum { RUN_BYTES_MAX = 32 << 20 };

/* size above 0, and above RUN_BYTES_MAX where no mapping can be had; align a power of two
 * up to HEAP_ALIGN. NULL when out of memory. zero: the memory reads as zero. */
void *run_alloc(size_t size, size_t align, bool zero);
/* Faults unless block is the start of a run; returns its bytes. */
size_t run_free(void *block);
/* Bytes of the run that starts at block, which is checked: whole pages. */
size_t run_usable(const void *block);
/* Grows or shrinks a run in place. False if that can't be done: size is none of a run's,
 * or the block is a mapping of its own. It is no slab's. */
bool run_resize(void *block, size_t size);

/* Of the run that starts with this slice, if there is one: gives back the memory behind
 * its end. GIVE_UNUSED: if that was there at the last call. Adds the bytes that were
 * resident. What the kernel does not take is not tried again. Under the reclaim lock.
 * False if there was nothing to look at. */
bool run_discard_tail(size_t index, enum give give, size_t *bytes);

/* Bytes that GIVE_UNUSED would give back of it now, if they are resident. */
size_t run_unused_tail(size_t index);

/* Whether the run that starts with this slice, if there is one, ends in another region,
 * behind which there is a huge page. */
bool run_ends_elsewhere(size_t index);

/* A hint, stale at once: whether there may be something behind some run. It says no from
 * run_expect_no_tails() on, until something is there: before a look at all of them. */
bool run_has_tails(void);
void run_expect_no_tails(void);

/* In the child of a fork (process.h). */
void run_recover(void);

/* Bytes behind the ends of runs that those who made them gave back. */
size_t run_given_back(void);

/* Runs and their bytes; walks the heap. */
void run_count(size_t *ret_runs, size_t *ret_bytes);

#if defined(EBB_DEBUG) || defined(EBB_SIMULATION)
/* Whether as many pages are counted behind the ends of runs as there are, or not fewer.
 * While nobody makes or frees any. */
bool run_is_valid(bool exactly);
#endif

#endif
