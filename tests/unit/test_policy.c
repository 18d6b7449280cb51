/* The registry of policies, and allocators with policies. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "reason.h"

static struct policy_list policies;
static struct variant_list list;
static struct reason reason;

static const char registry[] =
    "# comment\n"
    "\n"
    "eager  mi2  MI_DELAY=0       delay=0           the exception\n"
    "eager  mi   MI_PURGE=0       purge=0           at once\n"
    "bg     je   CONF=bg:1,d:2    bg=true,d=2       a thread\n"
    "slow   je   CONF=d:9         d=9               slowly\n";

static int set_up(void **state) {
    (void)state;
    memset(&list, 0, sizeof list);
    list.count = 3;
    strcpy(list.at[0].name, "mi2");
    strcpy(list.at[0].family, "mi");
    strcpy(list.at[1].name, "mi3");
    strcpy(list.at[1].family, "mi");
    strcpy(list.at[2].name, "je");
    strcpy(list.at[2].family, "je");
    return policy_parse(registry, &policies, &reason);
}

static void the_first_line_that_fits_is_used(void **state) {
    (void)state;
    assert_int_equal(policies.count, 4);
    assert_string_equal(policy_find(&policies, "eager", &list.at[0])->settings,
                        "MI_DELAY=0");
    assert_string_equal(policy_find(&policies, "eager", &list.at[1])->settings,
                        "MI_PURGE=0");
    assert_null(policy_find(&policies, "eager", &list.at[2]));
    assert_string_equal(policies.at[1].summary, "at once");
}

static void composes(void **state) {
    (void)state;
    struct variant v;
    assert_int_equal(policy_compose(&policies, &list, "je+bg", &v, &reason), 0);
    assert_string_equal(v.name, "je+bg");
    assert_string_equal(v.family, "je");
    assert_int_equal(v.env_count, 1); /* the comma is part of the value */
    assert_string_equal(v.env[0], "CONF=bg:1,d:2");
    assert_int_equal(v.check_count, 2);
    assert_string_equal(v.checks[1], "d=2");
    assert_int_equal(v.unchecked, 0);
}

static void refuses_what_it_cannot_compose(void **state) {
    (void)state;
    struct variant v;
    assert_int_equal(policy_compose(&policies, &list, "je+eager", &v, &reason), -EINVAL);
    assert_non_null(strstr(reason.text, "no policy \"eager\" for je"));
    assert_int_equal(policy_compose(&policies, &list, "no+bg", &v, &reason), -EINVAL);
    assert_non_null(strstr(reason.text, "no allocator \"no\""));
    assert_int_equal(policy_compose(&policies, &list, "je+bg+slow", &v, &reason),
                     -EINVAL);
    assert_non_null(strstr(reason.text, "set twice"));
}

static void refuses_malformed_lines(void **state) {
    (void)state;
    static const char *const bad[] = {
        "bg je CONF=1 bg=1\n",            /* no summary */
        "bg je CONF bg=1 no value\n",     /* a setting without a value */
        "bg je CONF=1 bg nothing asked\n" /* nothing to read back */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (policy_parse(bad[i], &policies, &reason) == 0)
            fail_msg("\"%s\" was accepted", bad[i]);
    assert_non_null(strstr(reason.text, "\"bg je CONF=1 bg nothing asked\""));
}

static void refuses_too_many_lines(void **state) {
    (void)state;
    char text[64 * (POLICIES_MAX + 1)] = "";
    for (size_t i = 0; i < POLICIES_MAX; i++)
        strcat(text, "bg je CONF=1 bg=1 a thread\n");
    assert_int_equal(policy_parse(text, &policies, &reason), 0);
    strcat(text, "bg je CONF=1 bg=1 a thread\n");
    assert_int_equal(policy_parse(text, &policies, &reason), -E2BIG);
    assert_non_null(strstr(reason.text, "more than 48 policies"));
}

static void a_missing_file_is_named(void **state) {
    (void)state;
    setenv("TIDEMARK_POLICIES", "/nonexistent/p.def", 1);
    assert_int_equal(policy_read(&policies, &reason), -ENOENT);
    assert_non_null(strstr(reason.text, "/nonexistent/p.def: No such file"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_first_line_that_fits_is_used), TEST(composes),
        TEST(refuses_what_it_cannot_compose),   TEST(refuses_malformed_lines),
        TEST(refuses_too_many_lines),           TEST(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
