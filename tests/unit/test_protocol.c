/* The workload's lines: what is one, what is none, and numbers. */
#include "cmocka_all.h"

#include <string.h>

#include "protocol.h"

static void parses_pairs(void **state) {
    (void)state;
    struct protocol_line line;
    assert_true(protocol_parse("checkpoint name=end live=12 floor=4096", &line));
    assert_string_equal(line.verb, "checkpoint");
    assert_string_equal(protocol_get(&line, "name"), "end");
    assert_null(protocol_get(&line, "held"));
    uint64_t number = 5;
    assert_true(protocol_number(&line, "floor", &number));
    assert_int_equal(number, 4096);
    assert_false(protocol_number(&line, "held", &number));
    assert_false(protocol_number(&line, "name", &number));
    assert_int_equal(number, 4096);
    assert_true(protocol_parse("done", &line));
    assert_int_equal(line.pairs, 0);
    assert_true(protocol_parse("allocator malloc=/a=b.so collect=none", &line));
    assert_string_equal(protocol_get(&line, "malloc"), "/a=b.so");
}

static void refuses_garbage(void **state) {
    (void)state;
    static const char *const bad[] = {"",          " ",     "Hello world", "x y",
                                      "x =3",      "x A=3", "42 a=1",      "\x7f\x45\x4c",
                                      "a b=1  c=2"};
    struct protocol_line line;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (protocol_parse(bad[i], &line))
            fail_msg("\"%s\" was taken for a line", bad[i]);
    char longest[2000];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(protocol_parse(longest, &line));
}

static void refuses_bad_numbers(void **state) {
    (void)state;
    struct protocol_line line;
    uint64_t number = 5;
    assert_true(protocol_parse("r a=-1 b=1x c= d=99999999999999999999999 e=0x10", &line));
    static const char *const keys[] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < 5; i++)
        assert_false(protocol_number(&line, keys[i], &number));
    assert_int_equal(number, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_pairs),
        cmocka_unit_test(refuses_garbage),
        cmocka_unit_test(refuses_bad_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
