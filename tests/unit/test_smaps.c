/* smaps_rollup: a whole one is read exactly, and a broken one is an error, never a zero.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "footprint.h"
#include "procfile.h"
#include "reason.h"

static int parse_fixture(const char *name, struct footprint *ret, struct reason *reason) {
    char path[512], *text;
    size_t length;
    snprintf(path, sizeof path, FIXTURES "/%s", name);
    assert_int_equal(file_read(path, &text, &length), 0);
    int error = footprint_parse_rollup(text, length, ret, reason);
    free(text);
    return error;
}

static void reads_every_field(void **state) {
    (void)state;
    struct footprint rollup = {0};
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
    struct footprint rollup = {.rss = 77};
    struct reason reason;
    assert_int_equal(parse_fixture("smaps_rollup.truncated", &rollup, &reason), -EBADMSG);
    assert_non_null(strstr(reason.text, "LazyFree"));
    assert_int_equal(rollup.rss, 77);
}

static void old_kernel_is_an_error(void **state) {
    (void)state;
    struct footprint rollup = {0};
    struct reason reason;
    assert_int_equal(parse_fixture("smaps_rollup.before-5.9", &rollup, &reason),
                     -EBADMSG);
    assert_non_null(strstr(reason.text, "Pss_Anon"));
    assert_non_null(strstr(reason.text, "5.9"));
}

static void empty_is_an_error(void **state) {
    (void)state;
    struct footprint rollup = {0};
    struct reason reason;
    assert_int_equal(footprint_parse_rollup("", 0, &rollup, &reason), -ENODATA);
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
        struct footprint rollup = {0};
        assert_int_not_equal(footprint_parse_rollup(part, cut, &rollup, NULL), 0);
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

static char proc[] = "/tmp/tidemark-proc-XXXXXX";

/* Writes a file of the played /proc, and makes its folders. A text of NULL makes a folder
 * in the file's place. */
static void play(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", proc, name);
    for (char *slash = path + strlen(proc); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    if (!text) {
        remove(path);
        assert_int_equal(mkdir(path, 0700), 0);
        return;
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* A process with one thread, which ran for 5 ns, went to sleep 7 times and had 9 page
 * faults. */
static void play_process(int pid, const char *children) {
    static const char *const names[] = {"stat", "task/%d/children", "task/%d/schedstat",
                                        "task/%d/status"};
    const char *const texts[] = {
        "1 (p) S 0 1 1 0 -1 0 9 0 0 0 1 1 0 0 20 0 1 0 100 0 0 \n", children, "5 0 1\n",
        "Name:\tp\nvoluntary_ctxt_switches:\t7\n"};
    for (size_t i = 0; i < 4; i++) {
        char name[64], path[96];
        snprintf(name, sizeof name, names[i], pid);
        snprintf(path, sizeof path, "%d/%s", pid, name);
        play(path, texts[i]);
    }
}

static int read_played(struct activity *ret) {
    struct reason reason;
    *ret = (struct activity){0};
    return footprint_read_activity(1, ret, &reason);
}

/* A child that has ended is left out. One that cannot be read is an error. */
static void an_unreadable_child_is_an_error(void **state) {
    (void)state;
    struct activity sum;
    struct footprint f = {0};
    struct reason reason;
    char command[64];
    assert_non_null(mkdtemp(proc));
    procfile_set_root(proc);
    play_process(1, "2 ");
    assert_int_equal(read_played(&sum), 0);
    assert_int_equal(sum.cpu_ns, 5);
    assert_int_equal(sum.wakeups, 7);
    assert_int_equal(sum.minor_faults, 9);
    play_process(2, "");
    assert_int_equal(read_played(&sum), 0);
    assert_int_equal(sum.minor_faults, 18);

    play("2/stat", "2 (p) S");
    assert_int_equal(read_played(&sum), -EBADMSG);
    play_process(2, "");
    play("2/task/2/schedstat", NULL);
    assert_int_equal(read_played(&sum), -EISDIR);
    play("2/task/2/children", NULL);
    assert_int_equal(footprint_read(1, &f, &reason), -EISDIR);
    assert_non_null(strstr(reason.text, "children of process 2: Is a directory"));

    procfile_set_root("/proc");
    snprintf(command, sizeof command, "rm -r %s", proc);
    assert_int_equal(system(command), 0);
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
        cmocka_unit_test(an_unreadable_child_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
