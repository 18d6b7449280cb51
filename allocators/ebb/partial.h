/* The sets of partly free slabs (types.h, "partial sets"). */
#ifndef EBB_PARTIAL_H
#define EBB_PARTIAL_H

#include "types.h"

struct partial_key {
    unsigned shard, class;
    enum partial_kind kind;
};

/* Any thread, after the word's bit. */
void partial_set(struct partial_key key, size_t index);
/* In the child of a fork (process.h), before partial_restore(): puts every group of the
 * first `shards` that has bits, even stale ones, into the summary. partial_set() relies
 * on that. */
void partial_recover(unsigned shards);
/* After that, for each slab with such blocks: sets the bits like partial_set(), even if
 * some are set already. */
void partial_restore(struct partial_key key, size_t index);
/* Under the lock of the set's shard; the caller looks at the words again afterwards. */
void partial_clear(struct partial_key key, size_t index);
/* Lowest member of the set; under the lock of its shard. */
bool partial_lowest(struct partial_key key, size_t *ret_index);
bool partial_has(struct partial_key key, size_t index);
/* A hint, without a lock. */
bool partial_seems_empty(struct partial_key key);

#endif
