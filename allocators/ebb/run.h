/* Runs of slices serve sizes above SLAB_BLOCK_MAX, up to the size from which a mapping of
 * its own pays. */
#ifndef EBB_RUN_H
#define EBB_RUN_H

#include "types.h"

/* Largest run; above, direct mappings (DESIGN.md, "Constants"). */
enum { RUN_BYTES_MAX = 32 << 20 };

/* `size` is above 0. It may be above RUN_BYTES_MAX if the process gets no mapping.
 * `align` is a power of two up to HEAP_ALIGN. `zero`: the memory reads as zero. NULL when
 * out of memory. */
void *run_alloc(size_t size, size_t align, bool zero);
/* Faults unless block is the start of a run; returns its bytes. */
size_t run_free(void *block);
/* Bytes of the run that starts at block: whole pages. Faults unless block is such a
 * start. */
size_t run_usable(const void *block);
/* Grows or shrinks a run in place. False if that can't be done, if size is not that of a
 * run, or if the block is a mapping of its own. The block must not be a slab's. */
bool run_resize(void *block, size_t size);

/* Looks at the run that starts with this slice, if there is one: gives back the memory
 * behind its end. GIVE_UNUSED: only if the last call found it, too. Adds the bytes that
 * were resident. If the kernel refuses to take it, nobody tries again. Under the reclaim
 * lock. False if there was nothing to look at. */
bool run_discard_tail(size_t index, enum give give, size_t *bytes);

/* Bytes that GIVE_UNUSED would give back of this run now, if they are resident. */
size_t run_unused_tail(size_t index);

/* The last slice of the run that starts with this one, or this one if none does. A hint:
 * the run may change. */
size_t run_last(size_t index);

/* Whether there may be memory behind some run: a hint, which is stale at once. Call
 * run_expect_no_tails() before a look at all runs: it makes the hint false until a run is
 * tailed again, or is still tailed after the look. */
bool run_has_tails(void);
void run_expect_no_tails(void);

/* Repairs this module's state in the child of a fork (process.h). */
void run_recover(void);

/* Bytes behind the ends of runs that the makers of the runs gave back. */
size_t run_given_back(void);

/* Runs and their bytes; walks the heap. */
void run_count(size_t *ret_runs, size_t *ret_bytes);

#if defined(EBB_DEBUG) || defined(EBB_SIMULATION)
/* Whether the count of pages behind the ends of runs is right (`exactly`), or at least
 * not too low. Only while nobody makes or frees runs. */
bool run_is_valid(bool exactly);
#endif

#endif
