/* Huge pages: a region, 2 MiB of the heap, behind a single page of the processor's. One
 * fault instead of 512 when the heap grows; in return more is resident than was asked
 * for, so a small heap has none, and the kernel can't give back a part of one, so it is
 * split first. */
#ifndef EBB_HUGE_H
#define EBB_HUGE_H

#include "types.h"

enum { REGION_SLICES = 32 };

/* Whether a heap of which so many slices are in use is to grow by a huge page. Under the
 * slice lock. */
bool huge_is_due(size_t used);

/* Puts a huge page behind the region, all of whose slices are free and hold no memory.
 * False where the kernel has none. Under the slice lock. */
bool huge_back(size_t region);

/* Before memory of slices [from, to) is given back, in full or in part: splits the huge
 * pages that would not go as a whole. */
void huge_split(size_t from, size_t to);

/* Bytes behind huge pages, as far as we know: the kernel may have split some. */
size_t huge_bytes(void);

#endif
