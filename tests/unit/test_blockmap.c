/* The table of live blocks against a plain list, under random puts and takes. */
#include "cmocka_all.h"

#include <stdlib.h>

#include "blockmap.h"
#include "rng.h"

enum { ADDRESSES = 3000, STEPS = 200000, NONE = -1 };

/* Close together, as neighbours in a heap are, so that probe runs meet and wrap. */
static uint64_t address_of(size_t i) {
    return 0x7f0000000000 + i * 16;
}

static void agrees_with_a_list(void **state) {
    (void)state;
    struct blockmap map = {0};
    static int64_t model[ADDRESSES];
    struct rng rng;
    size_t live = 0;
    rng_seed(&rng, 7);
    for (size_t i = 0; i < ADDRESSES; i++)
        model[i] = NONE;
    for (size_t step = 0; step < STEPS; step++) {
        size_t i = rng_below(&rng, ADDRESSES);
        uint32_t object = UINT32_MAX;
        bool found = blockmap_take(&map, address_of(i), &object);
        assert_int_equal(found, model[i] != NONE);
        if (found) {
            assert_int_equal(object, model[i]);
            model[i] = NONE;
            live--;
        } else {
            assert_int_equal(object, UINT32_MAX);
            blockmap_put(&map, address_of(i), (uint32_t)step);
            model[i] = (int64_t)step;
            live++;
        }
        assert_int_equal(map.count, live);
        assert_true(map.count * 2 <= map.capacity);
    }
    blockmap_finish(&map);
}

static void an_empty_one_has_nothing(void **state) {
    (void)state;
    struct blockmap map = {0};
    uint32_t object = 5;
    assert_false(blockmap_take(&map, 16, &object));
    assert_int_equal(object, 5);
    blockmap_finish(&map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_list),
        cmocka_unit_test(an_empty_one_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
