/* The heap, looked at while nobody is in the middle of anything. */
#ifndef EBB_SIMULATION_ACCOUNT_H
#define EBB_SIMULATION_ACCOUNT_H

/* Every invariant of types.h and DESIGN.md that can be seen in the heap, the blocks of
 * the program being those of block.h. */
void account_check(void);

/* Nothing is resident in free slices, nor more metadata than slabs and caches need. With
 * the setting `strict`, nothing in slabs either but pages that a live block overlaps, or
 * one in a cache. */
void account_check_floor(void);

/* Slices between two states: a thread or the reclaimer has them. Any time. */
unsigned account_in_transit(void);

#endif
