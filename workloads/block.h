#ifndef TIDEMARK_WORKLOADS_BLOCK_H
#define TIDEMARK_WORKLOADS_BLOCK_H

#include <stdint.h>

#include "heap.h"

/* An entry of a workload's own table: a block, its size and its stamp. Empty: NULL. */
struct block {
    void *memory;
    uint32_t size;
    uint32_t stamp;
};

static inline void block_alloc(struct block *block, uint32_t size, uint32_t stamp) {
    *block = (struct block){heap_alloc(size, stamp), size, stamp};
}

/* Frees what is there, if anything; the entry is empty afterwards. */
static inline void block_free(struct block *block) {
    if (block->memory)
        heap_free(block->memory, block->size, block->stamp);
    block->memory = NULL;
}

#endif
