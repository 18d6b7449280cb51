/* The sets of partly free slabs (types.h, "partial sets"). */
#ifndef EBB_PARTIAL_H
#define EBB_PARTIAL_H

#include "types.h"

/* Any thread, after the word's bit. */
void partial_set(enum partial_kind kind, unsigned class, size_t index);
/* In the child of a fork (process.h), before partial_restore(): puts every group that has
 * bits, even stale ones, into the summary. partial_set() relies on that. */
void partial_recover(void);
/* After that, for each slab with such blocks: sets the bits like partial_set(), even if
 * some are set already. */
void partial_restore(enum partial_kind kind, unsigned class, size_t index);
/* Under the class's lock; the caller looks at the words again afterwards. */
void partial_clear(enum partial_kind kind, unsigned class, size_t index);
/* Lowest member of the set; under the class's lock. */
bool partial_lowest(enum partial_kind kind, unsigned class, size_t *ret_index);
bool partial_has(enum partial_kind kind, unsigned class, size_t index);

#endif
