/* The journal: what is appended is there, a cut last line is dropped, a full disk loses
 * nothing. */
#include "cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "journal.h"
#include "reason.h"

static char path[] = "/tmp/tidemark-journal-XXXXXX";

static int make_file(void **state) {
    (void)state;
    strcpy(path + sizeof path - 7, "XXXXXX");
    int fd = mkstemp(path);
    close(fd);
    return fd < 0;
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

static void append(struct journal *journal, int number) {
    struct reason reason;
    assert_int_equal(journal_append(journal, json_pack("{s:i}", "n", number), &reason),
                     0);
}

static void keeps_what_is_appended(void **state) {
    (void)state;
    struct journal journal;
    struct reason reason;
    assert_int_equal(journal_open(&journal, path, &reason), 0);
    append(&journal, 1);
    append(&journal, 2);
    journal_close(&journal);
    assert_int_equal(journal_open(&journal, path, &reason), 0);
    assert_int_equal(json_array_size(journal.records), 2);
    append(&journal, 3);
    journal_close(&journal);
    json_t *records;
    assert_int_equal(journal_read(path, &records, &reason), 0);
    assert_int_equal(json_array_size(records), 3);
    json_decref(records);
}

static void drops_a_cut_last_line(void **state) {
    (void)state;
    FILE *file = fopen(path, "w");
    fputs("{\"n\":1}\n{\"n\":2}\n{\"n\":3,\"sam", file);
    fclose(file);
    struct journal journal;
    struct reason reason;
    assert_int_equal(journal_open(&journal, path, &reason), 0);
    assert_int_equal(json_array_size(journal.records), 2);
    append(&journal, 4);
    journal_close(&journal);
    char *text;
    assert_int_equal(file_read(path, &text, NULL), 0);
    assert_string_equal(text, "{\"n\":1}\n{\"n\":2}\n{\"n\":4}\n");
    free(text);
}

static void damage_in_the_middle_is_told(void **state) {
    (void)state;
    FILE *file = fopen(path, "w");
    fputs("{\"n\":1}\nnonsense\n{\"n\":3}\n", file);
    fclose(file);
    struct journal journal;
    struct reason reason;
    assert_int_equal(journal_open(&journal, path, &reason), -EBADMSG);
    assert_non_null(strstr(reason.text, "line 2"));
    assert_non_null(strstr(reason.text, path));
}

static void a_second_writer_is_refused(void **state) {
    (void)state;
    struct journal journal, second;
    struct reason reason;
    json_t *records;
    assert_int_equal(journal_open(&journal, path, &reason), 0);
    append(&journal, 1);
    assert_int_equal(journal_open(&second, path, &reason), -EWOULDBLOCK);
    assert_non_null(strstr(reason.text, "another tidemark"));
    assert_int_equal(journal_read(path, &records, &reason), 0); /* readers may look */
    json_decref(records);
    journal_close(&journal);
    assert_int_equal(journal_open(&second, path, &reason), 0);
    journal_close(&second);
}

/* A limit on the file's size stands for the full disk: write(2) comes up short, then
 * fails. */
static void a_full_disk_takes_nothing_away(void **state) {
    (void)state;
    struct journal journal;
    struct reason reason;
    struct rlimit old, small = {20, RLIM_INFINITY};
    assert_int_equal(journal_open(&journal, path, &reason), 0);
    append(&journal, 1);
    append(&journal, 2);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int error = journal_append(&journal, json_pack("{s:i}", "n", 3), &reason);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(error, -EFBIG);
    assert_int_equal(json_array_size(journal.records), 2);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 16);
    append(&journal, 4); /* and it goes on once there is room */
    journal_close(&journal);
    json_t *records;
    assert_int_equal(journal_read(path, &records, &reason), 0);
    assert_int_equal(json_array_size(records), 3);
    json_decref(records);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_what_is_appended, make_file, remove_file),
        cmocka_unit_test_setup_teardown(drops_a_cut_last_line, make_file, remove_file),
        cmocka_unit_test_setup_teardown(damage_in_the_middle_is_told, make_file,
                                        remove_file),
        cmocka_unit_test_setup_teardown(a_second_writer_is_refused, make_file,
                                        remove_file),
        cmocka_unit_test_setup_teardown(a_full_disk_takes_nothing_away, make_file,
                                        remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
