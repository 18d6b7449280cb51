/* A huge page is a single page of the processor behind a region, 2 MiB of the heap. When
 * the heap grows, it takes one fault instead of 512. In return more memory is resident
 * than was asked for, so a small heap has no huge pages. The kernel can't give back a
 * part of a huge page, so we split it first. Where huge pages are dear, because a host
 * has to supply each, we take none for a while. Callers hold the slice lock unless a
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

/* Whether a try at regions without memory is worth it. A region that had small pages
 * still has a page table, which older kernels never take away. There we soon give up for
 * a while. */
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

/* Takes note whether huge_back() succeeded, and what it cost. */
void huge_learn(size_t region, bool backed, uint64_t cost_us);

/* Slices [from, to) are a run that is about to be written. Those of its regions that have
 * no memory get huge pages when the program touches them. huge_demand_ends() ends that,
 * when the run or a part of it is freed. */
void huge_on_demand(size_t from, size_t to);
void huge_demand_ends(size_t from, size_t to);

/* Takes note that slices [from, to) get small pages, except in regions that have a huge
 * page. */
void huge_small_pages(size_t from, size_t to);

/* Call this before memory of slices [from, to) is given back, in full or in part: it
 * splits the huge pages that would not go as a whole. The caller keeps that memory from
 * being used meanwhile, and does not hold the slice lock. Two callers at a region at once
 * split it twice. */
void huge_split(size_t from, size_t to);

/* Turns the region's huge page, if it has one, into small pages. The region is to get no
 * other huge page. */
void huge_break(size_t region);

/* In the child of a fork: forbids huge pages everywhere. */
void huge_recover_advice(void);

/* In the child of a fork: takes note that there may be huge pages in slices [from, to),
 * which were in transit. */
void huge_recover(size_t from, size_t to);

/* Whether a huge page is behind the slice's region, as far as we know. */
bool huge_has(size_t slice);

/* Bytes behind huge pages, as far as we know: the kernel may have split some. */
size_t huge_bytes(void);

#endif
