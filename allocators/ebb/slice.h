/* The set of free slices. A caller gets as many neighbouring ones as it asks for: the
 * lowest address first, resident memory before fresh. Freed neighbours need no merging: a
 * free slice is a bit, and neighbouring bits form a range. */
#ifndef EBB_SLICE_H
#define EBB_SLICE_H

#include "huge.h"
#include "types.h"

/* Takes count neighbouring slices whose first index is a multiple of align (a power of
 * two), perhaps with huge pages behind them. Their `dirty` bits still say what their
 * memory holds. ret_zero: they read as zero nevertheless. Returns 0 or -ENOMEM. Waits for
 * slices in transit before it returns the latter. */
int slice_alloc(size_t count, size_t align, enum huge_use use, size_t *ret_index,
                bool *ret_zero);

/* Takes the count slices from index on if all of them are free. */
bool slice_extend(size_t index, size_t count);

void slice_free(size_t index, size_t count);

/* A hint: whether slices are kept apart for this use. */
bool slice_is_kept(enum huge_use use);

/* Two hints, which are stale at once. The first: whether a free slice has memory, and is
 * not set aside. The second: the same, or slices are kept apart. Then there is something
 * to give back. */
bool slice_resident_free(void);
bool slice_is_to_give(void);

/* Whether the memory of a slice that the caller owns may hold anything but zeros. */
bool slice_is_dirty(size_t index);
void slice_set_dirty(size_t index, size_t count, bool dirty);

/* Frees the slices that are kept apart, so that they are like any other. */
void slice_keep_nothing(void);

/* Gives back the memory of some neighbouring free slices, the highest below `below`, and
 * moves `below` there. Adds the bytes that were resident to `bytes`. Returns the number
 * of slices. Sets aside what the kernel doesn't take (a page is locked). The caller holds
 * the reclaim lock. */
size_t slice_discard_free(size_t *below, size_t *bytes);

/* From now on slice_discard_free() tries again what was set aside. */
void slice_retry_stuck(void);

/* How many slices with resident memory, free or kept apart, nobody has needed since the
 * last call. Counts those that are set aside, too. Frees those that are kept apart if
 * none of them was taken since. */
size_t slice_unused(void);

/* How many slices, taken since the last call, had been given back before. */
size_t slice_retaken(void);

/* Free slices, and those of them with resident memory. */
void slice_count(size_t *ret_free, size_t *ret_resident);

/* Repairs this module's state in the child of a fork (process.h). */
void slice_recover(void);

#if defined(EBB_DEBUG) || defined(EBB_SIMULATION)
bool slice_is_valid(void); /* the counts are those of the bits */
/* Whether it is one of those kept apart behind a huge page. While nobody allocates. */
bool slice_is_backed(size_t index);
#endif

#endif
