/* The memory of copies' own allocators: whose an address is, as it is mapped and
 * unmapped. */
#include "cmocka_all.h"

#include <pthread.h>
#include <stdatomic.h>

#include "own.h"

static char memory[100 * 64];
static int one, other; /* owners */

static void *owner_at(size_t offset, size_t *ret_left) {
    *ret_left = 0;
    return own_find(memory + offset, ret_left);
}

/* All that a test has added goes again. */
static int forget(void **state) {
    (void)state;
    own_remove(memory, sizeof memory);
    return 0;
}

static void an_address_is_its_ranges_owners(void **state) {
    size_t left;
    (void)state;
    own_add(memory + 100, 100, &one);
    own_add(memory + 300, 50, &other);
    assert_null(owner_at(99, &left));
    assert_ptr_equal(owner_at(100, &left), &one);
    assert_int_equal(left, 100);
    assert_ptr_equal(owner_at(199, &left), &one);
    assert_int_equal(left, 1);
    assert_null(owner_at(200, &left));
    assert_ptr_equal(owner_at(349, &left), &other);
    assert_null(owner_at(350, &left));
}

static void what_is_unmapped_is_nobodys(void **state) {
    size_t left;
    (void)state;
    own_add(memory + 1000, 1000, &one);
    own_remove(memory + 900, 200);  /* its beginning */
    own_remove(memory + 1900, 500); /* its end */
    own_remove(memory + 1400, 100); /* a hole */
    assert_null(owner_at(1099, &left));
    assert_ptr_equal(owner_at(1100, &left), &one);
    assert_int_equal(left, 300);
    assert_null(owner_at(1400, &left));
    assert_null(owner_at(1499, &left));
    assert_ptr_equal(owner_at(1500, &left), &one);
    assert_int_equal(left, 400);
    assert_null(owner_at(1900, &left));
    own_remove(memory + 1000, 1000);
    assert_null(owner_at(1200, &left));
    assert_null(owner_at(1600, &left));
}

/* There is room for 64 at a time, and for any number one after the other. */
static void ranges_are_used_again(void **state) {
    size_t left;
    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        own_add(memory + 200, 100, &one);
        assert_ptr_equal(owner_at(200, &left), &one);
        own_remove(memory + 200, 100);
        assert_null(owner_at(200, &left));
    }
    for (size_t i = 0; i < 100; i++)
        own_add(memory + 64 * i, 32, &one);
    assert_ptr_equal(owner_at(0, &left), &one);
    assert_null(owner_at((size_t)64 * 99, &left));
}

static atomic_bool is_over;

/* Maps and unmaps memory on both sides of a gap. */
static void *map_around_a_gap(void *unused) {
    (void)unused;
    for (int i = 0; i < 200000; i++) {
        own_add(memory + 1000, 1000, &one);
        own_remove(memory + 1000, 1000);
        own_add(memory + 4000, 1000, &one);
        own_remove(memory + 4000, 1000);
    }
    is_over = true;
    return NULL;
}

/* A reader never takes the beginning of one range with the end of another. */
static void a_gap_is_nobodys_while_others_map(void **state) {
    size_t left, found = 0;
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, map_around_a_gap, NULL), 0);
    while (!is_over)
        found += owner_at(3000, &left) != NULL;
    pthread_join(thread, NULL);
    assert_int_equal(found, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_address_is_its_ranges_owners, forget),
        cmocka_unit_test_teardown(what_is_unmapped_is_nobodys, forget),
        cmocka_unit_test_teardown(ranges_are_used_again, forget),
        cmocka_unit_test_teardown(a_gap_is_nobodys_while_others_map, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
