/* Whose a mapping is, on mappings that were made up. */
#include "cmocka_all.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribution.h"
#include "classify.h"
#include "mappings.h"
#include "ranges.h"

enum { TEXT_MAX = 8192 };

static char text[TEXT_MAX];
static struct mappings mappings;
static struct ranges formerly;
static struct classify_context context;
static const char *name;

/* Appends a mapping as smaps shows it: its first line without numbers, and its flags. */
static void put(const char *addresses, const char *permissions, const char *file,
                const char *flags) {
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length,
             "%s %s 00000000 00:00 %d    %s\nRss: 4 kB\nVmFlags: rd wr %s\n", addresses,
             permissions, *file == '/' ? 7 : 0, file, flags);
}

static void parse(void) {
    assert_int_equal(mappings_parse(strdup(text), &mappings), 0);
    context = (struct classify_context){.mappings = &mappings, .formerly = &formerly};
    classify_begin(&context);
}

static enum attribution_class class_of(size_t index) {
    struct classified classified = classify(&context, index);
    name = classified.part;
    return classified.group;
}

static int forget(void **state) {
    (void)state;
    text[0] = '\0';
    classify_finish(&context);
    mappings_finish(&mappings);
    ranges_finish(&formerly);
    return 0;
}

static void a_reservation_is_not_an_allocators_for_that(void **state) {
    (void)state;
    put("1000000000-1010000000", "rw-p", "", "nr"); /* where SBCL has its heap */
    put("7f1000000000-7f1000200000", "rw-p", "", "nr");
    put("7f2000000000-7f2000100000", "rw-p", "", ""); /* not reserved */
    parse();
    assert_int_equal(class_of(0), ATTRIBUTION_RESERVED);
    assert_int_equal(class_of(1), ATTRIBUTION_RESERVED);
    assert_int_equal(class_of(2), ATTRIBUTION_ANONYMOUS);
}

static void a_heap_of_glibc_has_its_shape(void **state) {
    (void)state;
    put("7f1000000000-7f1000200000", "rw-p", "", "nr");
    put("7f1000200000-7f1004000000", "---p", "", "nr");
    put("7f2000000000-7f2000200000", "rw-p", "", "nr"); /* aligned, but with no end */
    put("7f2000200000-7f2000300000", "---p", "", "nr");
    put("7f3000000000-7f3004000000", "rw-p", "", "nr"); /* full */
    put("7f4000000000-7f4006000000", "rw-p", "", "nr"); /* one is full, one is half */
    put("7f4006000000-7f4008000000", "---p", "", "nr");
    put("e0000000-e0200000", "rw-p", "", "nr"); /* a heap of Java's: 512 MiB */
    put("e0200000-100000000", "---p", "", "nr");
    parse();
    static const size_t arenas[] = {0, 4, 5}, others[] = {2, 7};
    for (size_t i = 0; i < sizeof arenas / sizeof arenas[0]; i++) {
        assert_int_equal(class_of(arenas[i]), ATTRIBUTION_ARENA);
        assert_non_null(strstr(name, "glibc"));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(class_of(others[i]), ATTRIBUTION_RESERVED);
}

/* A heap of ebb's of 1 TiB, as linked into an addon: the map of 16 MiB, written to in the
 * middle, descriptors, and blocks. */
static void put_ebb(void) {
    put("7e0000000000-7e0000800000", "r--p", "", "nr nh");
    put("7e0000800000-7e0000801000", "rw-p", "", "nr nh");
    put("7e0000801000-7e0001000000", "r--p", "", "nr nh");
    put("7e0001000000-7e0041000000", "---p", "", "nr nh");
    put("7e0041000000-7e0041010000", "rw-p", "", "nr nh");
    put("7e0041010000-7e4000000000", "---p", "", "nr nh");
    put("7e4000000000-7e4000200000", "rw-p", "", "nr hg");
    put("7e4000200000-7f0000000000", "---p", "", "nr nh");
}

static void a_heap_of_ebb_has_its_shape(void **state) {
    (void)state;
    put_ebb();
    put("7f0000000000-7f0001000000", "r--p", "", "nr nh"); /* another copy, right above */
    put("7f0001000000-7f4000000000", "---p", "", "nr nh");
    put("7f4000000000-7f4000100000", "rw-p", "", "nr nh");
    put("7f4000100000-800000000000", "---p", "", "nr nh");
    parse();
    static const size_t arenas[] = {1, 4, 6, 10};
    for (size_t i = 0; i < sizeof arenas / sizeof arenas[0]; i++) {
        assert_int_equal(class_of(arenas[i]), ATTRIBUTION_ARENA);
        assert_string_equal(name, "ebb, by its shape");
    }
}

static void beside_a_runtime_ebb_is_certain(void **state) {
    (void)state;
    put_ebb();
    put("7f1000000000-7f1000200000", "rw-p", "",
        "nr"); /* the runtime's, or ebb's library's */
    put("7f2000400000-7f2000500000", "r-xp", "/usr/lib/libebb.so.0", "");
    put("7f2000600000-7f2000700000", "r-xp", "/usr/bin/bun", "");
    parse();
    assert_int_equal(class_of(6), ATTRIBUTION_ARENA);
    assert_string_equal(name, "libebb.so.0");
    assert_int_equal(class_of(8), ATTRIBUTION_RESERVED);
}

/* What differs from a heap of ebb's in one respect each. */
static void what_is_nearly_ebbs_shape_is_not_ebbs(void **state) {
    (void)state;
    put("600000000000-600000010000", "rw-p", "",
        "nr"); /* JavaScriptCore: committed from */
    put("600000010000-600100000000", "---p", "", "nr"); /* its start, 64 KiB of 4 GiB */
    put("610000000000-610001000000", "r--p", "",
        "nr"); /* the map is too long by a page */
    put("610001000000-610001001000", "rw-p", "", "nr");
    put("610001001000-620000000000", "---p", "", "nr");
    put("630000000000-630000fff000", "r--p", "", "nr"); /* and too short */
    put("630000fff000-63fffff00000", "---p", "", "nr");
    put("63fffff00000-640000000000", "rw-p", "", "nr");
    put("650000001000-650001001000", "r--p", "", "nr"); /* it begins elsewhere */
    put("650001001000-65ffff001000", "---p", "", "nr");
    put("65ffff001000-660000001000", "rw-p", "", "nr");
    put("670000000000-670001000000", "r--p", "", "nr"); /* a gap in it */
    put("670001000000-678000000000", "---p", "", "nr");
    put("678000001000-680000000000", "rw-p", "", "nr");
    put("690000000000-690001000000", "r--p", "", "nr"); /* a part has swap reserved */
    put("690001000000-698000000000", "---p", "", "");
    put("698000000000-6a0000000000", "rw-p", "", "nr");
    put("6b0000000000-6b0001000000", "r--p", "", "nr"); /* what is reserved goes on */
    put("6b0001000000-6bffff000000", "---p", "", "nr");
    put("6bffff000000-6c0001000000", "rw-p", "", "nr");
    parse();
    assert_int_equal(context.ebb.count, 0);
    for (size_t i = 0; i < mappings.count; i++) {
        assert_int_not_equal(class_of(i), ATTRIBUTION_ARENA);
        assert_null(strstr(name, "ebb"));
    }
}

static void a_mapped_library_lends_its_name_to_no_other(void **state) {
    (void)state;
    put("30000000000-30000200000", "rw-p", "", "nr"); /* 3 TiB: mimalloc's */
    put("7f1000100000-7f1000200000", "rw-p", "", "nr");
    put("7f1000400000-7f1000500000", "r-xp", "/usr/lib/libjemalloc.so.2", "");
    parse();
    assert_int_equal(class_of(0), ATTRIBUTION_ARENA);
    assert_string_equal(name, "mimalloc, by its addresses");
    assert_int_equal(class_of(1), ATTRIBUTION_ARENA);
    assert_string_equal(name, "libjemalloc.so.2");
}

static void a_name_that_begins_alike_is_no_runtimes(void **state) {
    (void)state;
    put("7f1000000000-7f1000200000", "rw-p", "", "nr");
    put("7f2000400000-7f2000500000", "r-xp", "/usr/lib/libjemalloc.so.2", "");
    put("7f2000600000-7f2000700000", "r-xp", "/srv/bundle.node", "");
    put("7f2000800000-7f2000900000", "r--p", "/srv/data/bun", ""); /* not code */
    parse();
    assert_int_equal(class_of(0), ATTRIBUTION_ARENA);
    assert_string_equal(name, "libjemalloc.so.2");
    put("7f2000a00000-7f2000b00000", "r-xp", "/usr/bin/bun (deleted)", "");
    classify_finish(&context);
    mappings_finish(&mappings);
    parse();
    assert_int_equal(class_of(0), ATTRIBUTION_RESERVED);
}

static void beside_a_runtime_an_allocator_is_not_certain(void **state) {
    (void)state;
    put("7f1000100000-7f1000200000", "rw-p", "", "nr");
    put("7f1000400000-7f1000500000", "r-xp", "/usr/lib/libjemalloc.so.2", "");
    put("7f1000600000-7f1000700000", "r-xp", "/opt/jdk/lib/server/libjvm.so", "");
    parse();
    assert_int_equal(class_of(0), ATTRIBUTION_RESERVED);
    assert_string_equal(name, "of libjvm.so or libjemalloc.so.2");
}

static void only_what_was_executable_whole_is_code(void **state) {
    (void)state;
    put("7f1000000000-7f1000200000", "rw-p", "", "");
    parse();
    ranges_add(&formerly, 0x7f1000000000, 0x7f1000001000);
    assert_int_equal(class_of(0), ATTRIBUTION_ANONYMOUS);
    ranges_add(&formerly, 0x7f1000001000, 0x7f1000200000);
    assert_int_equal(class_of(0), ATTRIBUTION_JIT);
}

/* Before Linux 6.7 no flag keeps the kernel from joining it with what lies above. */
static void a_stack_does_not_swallow_what_is_joined_with_it(void **state) {
    (void)state;
    uint64_t in_stack = 0x7f1000001000 + 4096;
    put("7f1000000000-7f1000001000", "---p", "", "");
    put("7f1000001000-7f1000801000", "rw-p", "", ""); /* 8 MiB */
    put("7f1100000000-7f1100001000", "---p", "", "");
    put("7f1100001000-7f1110000000", "rw-p", "", "");
    put("7f1200000000-7f1200001000", "---p", "", "");
    put("7f1200001000-7f1210000000", "rw-p", "", "nh"); /* since 6.7, of any size */
    parse();
    uint64_t pointers[] = {in_stack, 0x7f1100002000, 0x7f1200002000};
    context.stack_pointers = pointers;
    context.stack_pointer_count = 3;
    assert_int_equal(class_of(1), ATTRIBUTION_STACK);
    assert_int_equal(class_of(3), ATTRIBUTION_ANONYMOUS);
    assert_non_null(strstr(name, "stack"));
    assert_int_equal(class_of(5), ATTRIBUTION_STACK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_reservation_is_not_an_allocators_for_that, forget),
        cmocka_unit_test_teardown(a_heap_of_glibc_has_its_shape, forget),
        cmocka_unit_test_teardown(a_heap_of_ebb_has_its_shape, forget),
        cmocka_unit_test_teardown(beside_a_runtime_ebb_is_certain, forget),
        cmocka_unit_test_teardown(what_is_nearly_ebbs_shape_is_not_ebbs, forget),
        cmocka_unit_test_teardown(a_mapped_library_lends_its_name_to_no_other, forget),
        cmocka_unit_test_teardown(a_name_that_begins_alike_is_no_runtimes, forget),
        cmocka_unit_test_teardown(beside_a_runtime_an_allocator_is_not_certain, forget),
        cmocka_unit_test_teardown(only_what_was_executable_whole_is_code, forget),
        cmocka_unit_test_teardown(a_stack_does_not_swallow_what_is_joined_with_it,
                                  forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
