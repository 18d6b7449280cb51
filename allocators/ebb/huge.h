/* Huge pages: a region, 2 MiB of the heap, behind a single page of the processor's. One
 * fault instead of 512 when the heap grows; in return more is resident than was asked
 * for, so a small heap has none, and the kernel can't give back a part of one, so it is
 * split first. All under the slice lock unless said otherwise. */
#ifndef EBB_HUGE_H
#define EBB_HUGE_H

#include "types.h"

/* Whether a heap of which so many slices are in use is to grow by a huge page. */
bool huge_is_due(size_t used);

/* Whether a region without memory is worth a try. One that had small pages has a page
 * table still, which older kernels never take away; there it is soon given up for a
 * while. */
bool huge_may_try(size_t region);

/* Puts a huge page behind the region, all of whose slices are ours and hold no memory.
 * False where there is none: then its first page may have memory. Without the lock. */
bool huge_back(size_t region);

/* What came of it. */
void huge_learn(size_t region, bool backed);

/* Slices [from, to) are going to get small pages. */
void huge_small_pages(size_t from, size_t to);

/* Before memory of slices [from, to) is given back, in full or in part: splits the huge
 * pages that would not go as a whole. By the owner of the slices, or of all their free
 * blocks. */
void huge_split(size_t from, size_t to);

/* Bytes behind huge pages, as far as we know: the kernel may have split some. */
size_t huge_bytes(void);

#endif
