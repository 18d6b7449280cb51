/* Guarded sampling: one small block in EBB_GUARD_SAMPLE is put on pages of its own,
 * against a page that can't be touched, and its pages can't be touched either once it was
 * freed. An access beyond its end, or after its end, is then a report and a crash, at the
 * place where it happens. For finding faults in programs as they run in production. */
#ifndef EBB_GUARD_H
#define EBB_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/* Where EBB_GUARD_SAMPLE is set: from slow paths, outside the gate, where `blocks` more
 * blocks of slabs are about to be handed to the calling thread's cache. A guarded block
 * instead of an ordinary one if it is time for one, NULL otherwise. */
void *guard_sample(size_t size, size_t blocks);

/* False if block is none of ours. Faults, with a report, unless it is live. */
bool guard_free(void *block);
size_t guard_usable(const void *block); /* 0 if it is none of ours; faults likewise */

/* In the child of a fork (process.h). */
void guard_recover(void);

#endif
