/* smaps_rollup: a whole one is read exactly, and a broken one is an error, never a zero.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"
#include "footprint.h"
#include "procfile.h"
#include "reason.h"
#include "smaps.h"

static int parse_fixture(const char *name, struct smaps_rollup *ret,
                         struct reason *reason) {
    char path[512], *text;
    size_t length;
    snprintf(path, sizeof path, FIXTURES "/%s", name);
    assert_int_equal(file_read(path, &text, &length), 0);
    int error = smaps_parse_rollup(text, length, ret, reason);
    free(text);
    return error;
}

static void reads_every_field(void **state) {
    (void)state;
    struct smaps_rollup rollup;
    struct reason reason;
    assert_int_equal(parse_fixture("smaps_rollup", &rollup, &reason), 0);
    assert_int_equal(rollup.rss, 283648ull * 1024);
    assert_int_equal(rollup.pss_anon, 280992ull * 1024);
    assert_int_equal(rollup.pss_shmem, 12ull * 1024);
    assert_int_equal(rollup.lazyfree, 4096ull * 1024);
    assert_int_equal(rollup.swap_pss, 36ull * 1024);
    assert_int_equal(rollup.anon_huge, 2048ull * 1024);
}

static void truncated_is_an_error(void **state) {
    (void)state;
    struct smaps_rollup rollup = {.rss = 77};
    struct reason reason;
    assert_int_equal(parse_fixture("smaps_rollup.truncated", &rollup, &reason), -EBADMSG);
    assert_non_null(strstr(reason.text, "LazyFree"));
    assert_int_equal(rollup.rss, 77);
}

static void old_kernel_is_an_error(void **state) {
    (void)state;
    struct smaps_rollup rollup;
    struct reason reason;
    assert_int_equal(parse_fixture("smaps_rollup.before-5.9", &rollup, &reason),
                     -EBADMSG);
    assert_non_null(strstr(reason.text, "Pss_Anon"));
    assert_non_null(strstr(reason.text, "5.9"));
}

static void empty_is_an_error(void **state) {
    (void)state;
    struct smaps_rollup rollup;
    struct reason reason;
    assert_int_equal(smaps_parse_rollup("", 0, &rollup, &reason), -ENODATA);
}

/* Every proper prefix lacks at least the end of its last needed line. */
static void every_cut_before_the_last_field_is_an_error(void **state) {
    (void)state;
    char *text;
    size_t length;
    assert_int_equal(file_read(FIXTURES "/smaps_rollup", &text, &length), 0);
    size_t needed = (size_t)(strstr(text, "SwapPss:") - text) + strlen("SwapPss:      ");
    for (size_t cut = 0; cut <= needed; cut++) {
        char *part = strndup(text, cut);
        struct smaps_rollup rollup;
        assert_int_not_equal(smaps_parse_rollup(part, cut, &rollup, NULL), 0);
        free(part);
    }
    free(text);
}

static void footprint_is_its_formula(void **state) {
    (void)state;
    struct footprint f = {.pss_anon = 1000,
                          .lazyfree = 300,
                          .swap_pss = 50,
                          .pss_shmem = 7,
                          .page_tables = 40,
                          .rss = 99999};
    assert_int_equal(footprint_bytes(&f), 1000 - 300 + 50 + 7 + 40);
    f.lazyfree = 5000; /* counters are read one after another: never below zero */
    assert_int_equal(footprint_bytes(&f), 0);
}

static void own_footprint_grows_by_what_is_touched(void **state) {
    (void)state;
    struct footprint before, after;
    struct reason reason;
    size_t size = 64 << 20;
    assert_int_equal(footprint_read(getpid(), &before, &reason), 0);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    assert_int_equal(footprint_read(getpid(), &after, &reason), 0);
    munmap(memory, size);
    uint64_t growth = footprint_bytes(&after) - footprint_bytes(&before);
    assert_in_range(growth, size, size + (1 << 20));
    assert_int_equal(before.processes, 1);
}

static void unreadable_proc_is_an_error(void **state) {
    (void)state;
    struct footprint f = {.rss = 77};
    struct reason reason;
    procfile_set_root("/nonexistent");
    int error = footprint_read(getpid(), &f, &reason);
    procfile_set_root("/proc");
    assert_int_equal(error, -ENOENT);
    assert_int_equal(f.rss, 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field),
        cmocka_unit_test(truncated_is_an_error),
        cmocka_unit_test(old_kernel_is_an_error),
        cmocka_unit_test(empty_is_an_error),
        cmocka_unit_test(every_cut_before_the_last_field_is_an_error),
        cmocka_unit_test(footprint_is_its_formula),
        cmocka_unit_test(own_footprint_grows_by_what_is_touched),
        cmocka_unit_test(unreadable_proc_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
