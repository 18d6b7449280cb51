#ifndef TIDEMARK_WORKLOADS_BLOCK_H
#define TIDEMARK_WORKLOADS_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "heap.h"
#include "workload.h"

/* An entry of a workload's table: a block, its size and its stamp. It is empty if
 * `memory` is NULL. */
struct block {
    void *memory;
    uint32_t size;
    uint32_t stamp;
};

static inline void block_alloc(struct block *block, uint32_t size, uint32_t stamp) {
    *block = (struct block){heap_alloc(size, stamp), size, stamp};
}

/* Frees the block, if there is one. The entry is empty afterwards. */
static inline void block_free(struct block *block) {
    if (block->memory)
        heap_free(block->memory, block->size, block->stamp);
    block->memory = NULL;
}

/* Visits all blocks; skips empty entries. */
static inline void block_visit_all(const struct block *blocks, size_t count,
                                   block_visitor *visitor, void *context) {
    for (size_t i = 0; i < count; i++)
        if (blocks[i].memory)
            visitor(context, blocks[i].memory, blocks[i].size, blocks[i].stamp);
}

#endif
