#include "common.h"

#include "block.h"
#include "memory.h"

enum { BLOCKS = 1000, SIZE = 4096, KEPT_EVERY = 10 };

static struct block *blocks;

void common_setup(const struct run *run) {
    (void)run;
    blocks = memory_map(BLOCKS * sizeof *blocks);
}

void common_build(const struct run *run) {
    for (uint32_t i = 0; i < BLOCKS; i++) {
        block_free(&blocks[i]);
        block_alloc(&blocks[i], SIZE, i * 7 + run->build);
    }
    run_peak(run);
    for (uint32_t i = 0; i < BLOCKS; i++)
        if (i % KEPT_EVERY)
            block_free(&blocks[i]);
}

void common_visit(block_visitor *visitor, void *context) {
    block_visit_all(blocks, BLOCKS, visitor, context);
}
