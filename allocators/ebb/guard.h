/* Guarded sampling puts one small block in EBB_GUARD_SAMPLE on pages of its own, next to
 * a page that can't be touched. After its free, its own pages can't be touched either. So
 * an access beyond the block, or after its free, gives a report and a crash at the place
 * where it happens. This finds faults in programs that run in production. */
#ifndef EBB_GUARD_H
#define EBB_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/* If EBB_GUARD_SAMPLE is set, malloc's slow path calls this outside the gate, when the
 * calling thread's cache is about to get `blocks` more blocks of slabs. Returns a guarded
 * block in place of an ordinary one if it is time for one, otherwise NULL. */
void *guard_sample(size_t size, size_t blocks);

/* False if block is none of ours. Faults, with a report, unless it is live. */
bool guard_free(void *block);
size_t guard_usable(const void *block); /* 0 if it is none of ours; faults likewise */

/* Repairs this module's state in the child of a fork (process.h). */
void guard_recover(void);

#endif
