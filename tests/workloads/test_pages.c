/* The page floor against a naive count, and its scratch memory, which must not stay. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pages.h"
#include "rng.h"

enum { BLOCKS = 5000, SPAN_PAGES = 4000 };

/* Made-up addresses: nothing is read there. */
static struct {
    uintptr_t address;
    size_t size;
} blocks[BLOCKS];
static size_t block_count;

static void visit(block_visitor *visitor, void *context) {
    for (size_t i = 0; i < block_count; i++)
        visitor(context, (const void *)blocks[i].address, blocks[i].size, 0);
}

static uint64_t naive_floor(uintptr_t base) {
    static unsigned char seen[SPAN_PAGES + 64];
    memset(seen, 0, sizeof seen);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint64_t pages = 0;
    for (size_t i = 0; i < block_count; i++)
        for (uintptr_t a = blocks[i].address; a < blocks[i].address + blocks[i].size;
             a++) {
            size_t number = (a - base) / page;
            pages += !seen[number];
            seen[number] = 1;
        }
    return pages * page;
}

static void agrees_with_a_naive_count(void **state) {
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t base = (uintptr_t)0x7f1234560000;
    struct rng rng;
    rng_seed(&rng, 3);
    uint64_t live = 0;
    block_count = BLOCKS;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i].address = base + rng_below(&rng, (SPAN_PAGES - 32) * page);
        blocks[i].size = 1 + rng_below(&rng, i % 50 == 0 ? 20 * page : 600);
        live += blocks[i].size;
    }
    struct pages_census census = pages_count(visit);
    assert_int_equal(census.live, live);
    assert_int_equal(census.objects, BLOCKS);
    assert_int_equal(census.floor, naive_floor(base));
}

static void edges(void **state) {
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    block_count = 0;
    assert_int_equal(pages_count(visit).floor, 0);
    block_count = 1;
    blocks[0].address = 10 * page;
    blocks[0].size = page;
    assert_int_equal(pages_count(visit).floor, page);
    blocks[0].address += 1; /* one byte further: two pages */
    assert_int_equal(pages_count(visit).floor, 2 * page);
    block_count = 2;
    blocks[1] = blocks[0]; /* the same pages again */
    assert_int_equal(pages_count(visit).floor, 2 * page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_naive_count),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
