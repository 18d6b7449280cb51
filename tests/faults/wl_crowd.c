/* crowd: has so many small blocks that counting them takes more memory than two samples
 * may differ by. */
#include "workload.h"

#include "block.h"
#include "memory.h"

enum { BLOCKS = 1000000, SIZE = 32 };

static struct block *blocks;

static void setup(const struct run *run) {
    (void)run;
    blocks = memory_map(BLOCKS * sizeof *blocks);
}

static void build(const struct run *run) {
    for (uint32_t i = 0; i < BLOCKS; i++)
        block_alloc(&blocks[i], SIZE, i * 7 + run->build);
    run_peak(run);
    for (uint32_t i = 0; i < BLOCKS; i++)
        block_free(&blocks[i]);
}

static void visit(block_visitor *visitor, void *context) {
    block_visit_all(blocks, BLOCKS, visitor, context);
}

const struct workload wl_crowd = {
    .name = "crowd", .builds = 1, .setup = setup, .build = build, .visit = visit};
