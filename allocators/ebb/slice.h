/* Free slices: runs of any length, lowest address first, resident memory before fresh.
 * Coalescing needs no work: a free slice is a bit, and neighbouring bits are a run. */
#ifndef EBB_SLICE_H
#define EBB_SLICE_H

#include "types.h"

extern struct lock slice_lock;

/* Takes count neighbouring slices whose first index is a multiple of align (a power of
 * two). Their `dirty` bits still say what their memory holds. 0 or -ENOMEM. */
int slice_alloc(size_t count, size_t align, size_t *ret_index);

/* Takes the count slices from index on if all of them are free. */
bool slice_extend(size_t index, size_t count);

void slice_free(size_t index, size_t count);

/* Whether a free slice with resident memory exists; a hint, stale at once. */
bool slice_resident_free(void);

/* The memory of a slice that the caller owns: may it hold anything but zeros? */
bool slice_is_dirty(size_t index);
void slice_set_dirty(size_t index, size_t count, bool dirty);

/* Gives back the memory of some neighbouring free slices, the highest below `below`,
 * which is moved there; adds to bytes. False if there are none. Under the reclaim lock.
 */
bool slice_discard_free(size_t *below, size_t *bytes);

/* Free slices with resident memory that nobody has needed since the last call. */
size_t slice_unused(void);

/* Slices taken since the last call whose memory had been given back. */
size_t slice_retaken(void);

/* Free slices, and those of them with resident memory. */
void slice_count(size_t *ret_free, size_t *ret_resident);

#endif
