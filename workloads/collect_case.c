#include "collect_case.h"

#include "block.h"
#include "memory.h"

enum { SMALL_SIZE = 3584, LARGE_SIZE = 32288, SMALL_COUNT = 100000, LARGE_COUNT = 200 };

static size_t small_count, large_count;
static struct block *small, *large;

void collect_case_setup(const struct run *run) {
    small_count = (size_t)(SMALL_COUNT * run->scale + 0.5);
    large_count = (size_t)(LARGE_COUNT * run->scale + 0.5);
    small = memory_map(small_count * sizeof *small);
    large = memory_map(large_count * sizeof *large);
}

/* Touches every page, because the bug report expects the whole size of the large blocks
 * to stay. */
static void touch_wholly(struct block *block) {
    for (size_t at = 4096; at < block->size; at += 4096)
        ((char *)block->memory)[at] = 1;
}

static void allocate_large(size_t *next, size_t until, unsigned build) {
    for (; *next < until && *next < large_count; ++*next) {
        block_alloc(&large[*next], LARGE_SIZE, (uint32_t)*next * 17 + build);
        touch_wholly(&large[*next]);
    }
}

void collect_case_build(const struct run *run, size_t small_between) {
    for (size_t i = 0; i < large_count; i++)
        block_free(&large[i]); /* the survivor of the build before */
    size_t next = 0;
    if (small_between == 0)
        allocate_large(&next, large_count, run->build);
    for (size_t i = 0; i < small_count; i++) {
        block_alloc(&small[i], SMALL_SIZE, (uint32_t)i * 31 + run->build);
        if (small_between && (i + 1) % small_between == 0)
            allocate_large(&next, next + 1, run->build);
    }
    allocate_large(&next, large_count, run->build); /* the loop may not reach all */
    run_peak(run);
    for (size_t i = 0; i < small_count; i++)
        block_free(&small[i]);
}

void collect_case_visit(block_visitor *visitor, void *context) {
    block_visit_all(small, small_count, visitor, context);
    block_visit_all(large, large_count, visitor, context);
}
