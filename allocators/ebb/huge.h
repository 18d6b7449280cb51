/* Huge pages: a region, 2 MiB of the heap, behind a single page of the processor's. One
 * fault instead of 512 when the heap grows; in return more is resident than was asked
 * for, so a small heap has none, and the kernel can't give back a part of one, so it is
 * split first. Where they are dear (a host has to supply each) there are none for a
 * while. All under the slice lock unless said otherwise. */
#ifndef EBB_HUGE_H
#define EBB_HUGE_H

#include "types.h"

/* What slices are wanted for: each use fills regions of its own. */
enum huge_use {
    HUGE_FOR_FILLED, /* blocks that are written wholly */
    HUGE_FOR_PARTLY, /* larger ones, of which programs touch a part */
    HUGE_USES,
};

/* Whether a heap of which so many slices are in use is to grow by a huge page. */
bool huge_is_due(size_t used, enum huge_use use);

/* Whether regions without memory are worth a try. Those that had small pages have a page
 * table still, which older kernels never take away; there it is soon given up for a
 * while. */
bool huge_may_try(bool has_table);
bool huge_has_table(size_t region);

/* Slices [from, to), which nobody has used yet, are to get huge pages by and by. */
void huge_advise(size_t from, size_t to);

/* Forbids them at the heap's end, so that it can grow where the process may have no
 * mapping more. False if they were forbidden there. */
bool huge_forbid_last(void);

/* Puts a huge page behind the region, all of whose slices are ours and hold no memory.
 * False where there is none: then its first page may have memory. ret_cost_us: processor
 * time. Without the lock. */
bool huge_back(size_t region, uint64_t *ret_cost_us);

/* What came of it, and what it cost. */
void huge_learn(size_t region, bool backed, uint64_t cost_us);

/* Those regions of slices [from, to), a run that is about to be written, that have no
 * memory get huge pages as the program comes to them; until the run, or a part of it, is
 * freed. */
void huge_on_demand(size_t from, size_t to);
void huge_demand_ends(size_t from, size_t to);

/* Slices [from, to) are going to get small pages, where nothing else was said. */
void huge_small_pages(size_t from, size_t to);

/* Before memory of slices [from, to) is given back, in full or in part: splits the huge
 * pages that would not go as a whole. By whoever keeps what goes from being used
 * meanwhile, without the slices' lock. Two at a region at once split it twice. */
void huge_split(size_t from, size_t to);

/* The region's huge page, if it has one, becomes small pages, and it is to get no other.
 */
void huge_break(size_t region);

/* In the child of a fork: none is to come anywhere. */
void huge_recover_advice(void);

/* In the child of a fork, of slices [from, to) that were in transit: there may be huge
 * pages. */
void huge_recover(size_t from, size_t to);

/* Whether the slice's memory is one with that of its region, as far as we know. */
bool huge_has(size_t slice);

/* Bytes behind huge pages, as far as we know: the kernel may have split some. */
size_t huge_bytes(void);

#endif
