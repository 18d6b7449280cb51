/* A huge page is a single page of the processor behind a region, 2 MiB of the heap. When
 * the heap grows, it takes one page fault instead of 512. In return more memory is
 * resident than was asked for, so a small heap has no huge pages. The kernel can't give
 * back a part of a huge page, so we split it first. Where huge pages are dear, because a
 * host has to supply each, we take none for a while. Callers hold the slice lock unless a
 * comment says otherwise. */
#ifndef EBB_HUGE_H
#define EBB_HUGE_H

#include "types.h"

/* What slices are wanted for: each use fills regions of its own. */
enum huge_use {
    HUGE_FOR_FILLED, /* blocks that are written wholly */
    HUGE_FOR_PARTLY, /* larger ones, of which programs touch a part */
    HUGE_USES,
};

/* Whether the heap is to grow by a huge page while `used` slices are in use. */
bool huge_is_due(size_t used, enum huge_use use);

/* Whether it is worth trying to put huge pages behind regions without memory. A region
 * that had small pages still has a page table. Older kernels never free that table, so
 * tries in such regions fail, and we soon stop them for a while. */
bool huge_may_try(bool has_table);
bool huge_has_table(size_t region);

/* Allows huge pages in slices [from, to), which nobody has used yet. */
void huge_advise(size_t from, size_t to);

/* Forbids huge pages at the heap's end, so that the heap can grow when the process may
 * have no more mappings. False if they were forbidden there already. */
bool huge_forbid_last(void);

/* Puts a huge page behind the region. All its slices are the caller's and hold no memory.
 * False if the kernel supplied none; then the region's first page may have memory.
 * ret_cost_us: the processor time that it took. The caller does not hold the lock. */
bool huge_back(size_t region, uint64_t *ret_cost_us);

/* Notes whether huge_back() succeeded, and what it cost. The caller still owns the
 * region. */
void huge_learn(size_t region, bool backed, uint64_t cost_us);

/* Slices [from, to) are a run, or the new end of one, that is about to be written. Its
 * regions without memory get huge pages when the program touches them. Call
 * huge_demand_ends() when the run or a part of it is freed. */
void huge_on_demand(size_t from, size_t to);
void huge_demand_ends(size_t from, size_t to);

/* Notes that slices [from, to) get small pages, except in regions with a huge page. */
void huge_small_pages(size_t from, size_t to);

/* Call this before memory of slices [from, to) is given back, in full or in part. It
 * splits the huge pages of regions that are not wholly in that range. The caller keeps
 * others from using that memory meanwhile, and need not hold the slice lock. If two
 * callers come to a region at once, both split it, which is harmless. */
void huge_split(size_t from, size_t to);

/* Splits the region's huge page, if it has one, into small pages. Forbids further ones
 * there. Callers need not hold the slice lock. */
void huge_break(size_t region);

/* In the child of a fork: forbids huge pages everywhere. */
void huge_recover_advice(void);

/* In the child of a fork: notes that there may be huge pages in slices [from, to), which
 * were in transit. */
void huge_recover(size_t from, size_t to);

/* Whether a huge page is behind the slice's region, as far as we know. */
bool huge_has(size_t slice);

/* Bytes behind huge pages, as far as we know: the kernel may have split some. */
size_t huge_bytes(void);

#endif
