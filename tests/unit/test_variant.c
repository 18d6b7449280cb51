/* The manifest, and variants described on the command line. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reason.h"
#include "variant.h"

#define HEADER                                                                           \
    "name\tfamily\tversion\tstatus\tlibrary\tsha256\tbytes\tsource\tset\tdetail\n"

static struct variant_list *list;
static struct reason reason;

static int set_up(void **state) {
    (void)state;
    list = calloc(1, sizeof *list);
    return !list;
}

static int tear_down(void **state) {
    (void)state;
    free(list);
    return 0;
}

static int read_text(const char *text) {
    char path[] = "/tmp/tidemark-manifest-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    int error = variant_read_manifest(path, list, &reason);
    unlink(path);
    return error;
}

static void reads_rows(void **state) {
    (void)state;
    assert_int_equal(
        read_text(HEADER
                  "glibc\tglibc\t2.36\tok\t/bin/sh\t-\t1\tsystem\tdefault\t-\n"
                  "je\tjemalloc\t5\tunavailable\t-\t-\t-\tx\textra\tgone from its suite\n"
                  "ebb\tebb\t-\tnot-built\t/nonexistent.so\t-\t-\ttree\tdefault\t-\n"),
        0);
    assert_int_equal(list->count, 3);
    assert_false(list->at[0].preload);
    assert_int_equal(strlen(list->at[0].sha256),
                     64); /* taken from the file as it is now */
    assert_true(list->at[0].bytes > 1000);
    assert_false(list->at[0].is_extra);
    assert_true(list->at[1].is_extra);
    assert_int_equal(list->at[1].status, VARIANT_UNAVAILABLE);
    assert_string_equal(list->at[1].detail, "gone from its suite");
    assert_int_equal(list->at[2].status, VARIANT_NOT_BUILT);
}

static void a_library_that_has_gone_is_unavailable(void **state) {
    (void)state;
    assert_int_equal(
        read_text(HEADER "m\tmimalloc\t2\tok\t/nonexistent.so\t-\t1\tx\tdefault\t-\n"),
        0);
    assert_int_equal(list->at[0].status, VARIANT_UNAVAILABLE);
    assert_non_null(strstr(list->at[0].detail, "make setup"));
}

static void a_library_built_since_is_ok(void **state) {
    (void)state;
    assert_int_equal(
        read_text(HEADER "ebb\tebb\t-\tnot-built\t/bin/sh\t-\t-\ttree\tdefault\t-\n"), 0);
    assert_int_equal(list->at[0].status, VARIANT_OK);
}

static void malformed_manifests_are_refused(void **state) {
    (void)state;
    assert_int_equal(read_text(HEADER "only\tthree\tcolumns\n"), -EBADMSG);
    assert_non_null(strstr(reason.text, "make setup"));
    assert_int_equal(read_text(HEADER "a\tb\tc\tperhaps\te\tf\t1\th\tdefault\ti\n"),
                     -EBADMSG);
    assert_int_equal(variant_read_manifest("/nonexistent", list, &reason), -ENOENT);
    assert_non_null(strstr(reason.text, "make setup"));
}

static void custom_by_path_and_by_name(void **state) {
    (void)state;
    assert_int_equal(variant_add_custom(list, "mine=/bin/sh,A=1,B=x:y,z,C=", &reason), 0);
    const struct variant *mine = variant_find(list, "mine");
    assert_non_null(mine);
    assert_true(mine->preload);
    assert_int_equal(mine->env_count, 3);
    assert_string_equal(mine->env[0], "A=1");
    assert_string_equal(mine->env[1], "B=x:y,z"); /* a comma inside a value stays */
    assert_string_equal(mine->env[2], "C=");
    assert_int_equal(variant_add_custom(list, "mine+b=mine,D=4", &reason), 0);
    assert_string_equal(variant_find(list, "mine+b")->library, mine->library);
    assert_int_equal(variant_find(list, "mine+b")->env_count, 4);
}

static void bad_custom_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "x",
                                      "=/bin/sh",
                                      "a b=/bin/sh",
                                      "x=/nonexistent.so",
                                      "x=nosuchname",
                                      "x=/tmp",
                                      "x=/bin/sh,",
                                      "x=/bin/sh,9=1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        reason.text[0] = '\0';
        if (variant_add_custom(list, bad[i], &reason) == 0)
            fail_msg("\"%s\" was accepted", bad[i]);
        assert_true(strlen(reason.text) > 10);
    }
    assert_int_equal(list->count, 0);
    assert_int_equal(variant_add_custom(list, "x=/bin/sh", &reason), 0);
    assert_int_equal(variant_add_custom(list, "x=/bin/sh", &reason), -EEXIST);
}

static void a_changed_library_is_noticed(void **state) {
    (void)state;
    assert_int_equal(variant_add_custom(list, "x=/bin/sh", &reason), 0);
    assert_int_equal(variant_check_library(&list->at[0], &reason), 0);
    list->at[0].sha256[0] ^= 1;
    assert_int_equal(variant_check_library(&list->at[0], &reason), -ESTALE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(reads_rows),
        TEST(a_library_that_has_gone_is_unavailable),
        TEST(a_library_built_since_is_ok),
        TEST(malformed_manifests_are_refused),
        TEST(custom_by_path_and_by_name),
        TEST(bad_custom_is_refused),
        TEST(a_changed_library_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
