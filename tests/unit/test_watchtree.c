/*
 * Who belongs to a watched program, and that each process has one row: /proc is a folder
 * of this test's, and the kernel's notes of exits are played.
 */
#include "cmocka_all.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "procfile.h"
#include "watchtree.h"

enum { WATCHER = 100, ROOT = 200, MIB = 1 << 20, NOTES_MAX = 16 };

static char folder[] = "/tmp/tidemark-watchtree.XXXXXX";
static struct exit_note notes[NOTES_MAX];
static size_t note_count;

int __wrap_exits_open(struct exits *ret);
void __wrap_exits_read(struct exits *exits,
                       void (*take)(void *context, const struct exit_note *),
                       void *context);
void __wrap_exits_close(struct exits *exits);

int __wrap_exits_open(struct exits *ret) {
    *ret = (struct exits){.fd = -1};
    return 0;
}

void __wrap_exits_read(struct exits *exits,
                       void (*take)(void *context, const struct exit_note *),
                       void *context) {
    (void)exits;
    for (size_t i = 0; i < note_count; i++)
        take(context, &notes[i]);
    note_count = 0;
}

void __wrap_exits_close(struct exits *exits) {
    (void)exits;
}

static uint64_t ticks_ago(double seconds) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    double since_boot = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    return (uint64_t)((since_boot - seconds) * (double)sysconf(_SC_CLK_TCK));
}

/* A process of /proc, in its parent's group unless it says otherwise. */
static void put(int pid, int parent, char state, double age_s) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%d", folder, pid);
    mkdir(path, 0700);
    strcat(path, "/stat");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%d (p) %c %d %d 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 %llu 0 0 \n", pid,
            state, parent, parent, (unsigned long long)ticks_ago(age_s));
    fclose(file);
}

static void take_away(int pid) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%d/stat", folder, pid);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

static void note(int pid, int parent, double lived_s, unsigned peak_mib) {
    struct exit_note exit = {.pid = pid,
                             .parent = parent,
                             .peak_rss = (uint64_t)peak_mib * MIB,
                             .lived_ns = (uint64_t)(lived_s * (double)NS_PER_S),
                             .name = "p"};
    assert_true(note_count < NOTES_MAX);
    notes[note_count++] = exit;
}

static int empty_proc(void **state) {
    (void)state;
    DIR *all = opendir(folder);
    for (struct dirent *entry; all && (entry = readdir(all));)
        if (entry->d_name[0] != '.')
            take_away(atoi(entry->d_name));
    if (all)
        closedir(all);
    note_count = 0;
    return 0;
}

static int begin(void **state) {
    if (!mkdtemp(folder))
        return -1;
    procfile_set_root(folder);
    (void)state;
    return 0;
}

static int end(void **state) {
    empty_proc(state);
    return rmdir(folder);
}

static void begin_tree(struct watch_tree *tree, bool is_own) {
    assert_int_equal(watchtree_begin(tree, WATCHER, is_own), 0);
    put(ROOT, is_own ? WATCHER : 1, 'S', 0);
    assert_int_equal(watchtree_add_root(tree, ROOT), 0);
    assert_int_equal(watchtree_root(tree)->pid, ROOT);
}

static size_t rows(const struct watch_tree *tree, pid_t pid) {
    size_t n = 0;
    for (size_t i = 0; i < tree->count; i++)
        n += tree->at[i].pid == pid;
    return n;
}

static void a_note_before_the_scan_is_the_same_process(void **state) {
    (void)state;
    struct watch_tree tree;
    begin_tree(&tree, true);
    note(300, ROOT, 0.001, 5);
    note(301, WATCHER, 0.001, 7); /* an orphan */
    watchtree_read_exits(&tree);
    put(300, ROOT, 'Z', 0.001);
    put(301, WATCHER, 'Z', 0.001);
    assert_int_equal(watchtree_scan(&tree), 0);
    watchtree_settle(&tree);
    assert_int_equal(tree.count, 3);
    assert_int_equal(watchtree_sum_of_peaks(&tree), 12 * MIB);
    assert_true(watchtree_find(&tree, 301)->accounted);
    watchtree_finish(&tree);
}

static void a_note_waits_until_its_parent_is_known(void **state) {
    (void)state;
    struct watch_tree tree;
    begin_tree(&tree, true);
    note(301, 300, 0.001, 5); /* 300 is between two scans */
    watchtree_read_exits(&tree);
    assert_int_equal(tree.count, 1);
    put(300, ROOT, 'S', 0.001);
    put(301, 300, 'Z', 0.001); /* and so is this one, a zombie */
    note(401, 400, 0.001, 3);  /* told before its parent, which is never seen */
    note(400, ROOT, 0.001, 3);
    note(501, 500, 0.001, 100); /* a stranger's */
    assert_int_equal(watchtree_scan(&tree), 0);
    watchtree_settle(&tree);
    assert_int_equal(tree.count, 5);
    assert_int_equal(rows(&tree, 301), 1);
    assert_int_equal(rows(&tree, 401), 1);
    assert_int_equal(watchtree_sum_of_peaks(&tree), 11 * MIB);
    watchtree_finish(&tree);
}

static void a_number_used_again_is_another_process(void **state) {
    (void)state;
    struct watch_tree tree;
    begin_tree(&tree, true);
    put(300, ROOT, 'S', 0.5);
    assert_int_equal(watchtree_scan(&tree), 0);
    take_away(300);
    assert_int_equal(watchtree_scan(&tree), 0);
    note(300, ROOT, 0.001, 5); /* born now, not half a second ago */
    note(300, ROOT, 0.5, 6);
    watchtree_settle(&tree);
    assert_int_equal(rows(&tree, 300), 2);
    assert_int_equal(watchtree_sum_of_peaks(&tree), 11 * MIB);
    assert_int_equal(tree.at[1].peak_rss, 6 * MIB);
    watchtree_finish(&tree);
}

/* It may have come and gone before anybody looked, with children that are orphans now. */
static void a_short_driver_is_not_counted(void **state) {
    (void)state;
    struct watch_tree tree;
    begin_tree(&tree, true);
    tree.driver = 300;
    note(301, 300, 0.001, 50);
    note(300, WATCHER, 0.001, 60);
    watchtree_read_exits(&tree);
    put(300, WATCHER, 'Z', 0.001);
    put(302, WATCHER, 'S', 0.001);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/302/stat", folder);
    FILE *file = fopen(path, "w"); /* in the driver's group */
    fprintf(file, "302 (p) S %d 300 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 %llu 0 0 \n",
            WATCHER, (unsigned long long)ticks_ago(0));
    fclose(file);
    assert_int_equal(watchtree_scan(&tree), 0);
    watchtree_settle(&tree);
    assert_int_equal(tree.count, 4);
    assert_int_equal(watchtree_sum_of_peaks(&tree), 0);
    assert_int_equal(watchtree_alive(&tree), 1); /* the root */
    watchtree_finish(&tree);
}

/* What a round before could not end, and children that a shell gave to the watcher. */
static void children_from_before_are_strangers(void **state) {
    (void)state;
    struct watch_tree tree;
    put(150, WATCHER, 'S', 5);
    put(151, 150, 'S', 5);
    begin_tree(&tree, true);
    put(152, 150, 'S', 0);
    assert_int_equal(watchtree_scan(&tree), 0);
    note(153, 150, 0.001, 50);
    watchtree_settle(&tree);
    assert_int_equal(tree.count, 5);
    assert_int_equal(watchtree_alive(&tree), 1);
    assert_int_equal(watchtree_sum_of_peaks(&tree), 0);
    take_away(ROOT);
    assert_int_equal(watchtree_scan(&tree), 0);
    assert_false(watchtree_any_left(&tree)); /* strangers are not to be ended */
    watchtree_finish(&tree);
}

/* With --pid the watcher's children are the driver's, and it is no child of the program
 * even where that has started it. */
static void an_attached_program_has_no_part_in_the_watcher(void **state) {
    (void)state;
    struct watch_tree tree;
    begin_tree(&tree, false);
    put(WATCHER, ROOT, 'S', 1);
    put(300, WATCHER, 'S', 0);
    put(301, 300, 'S', 0);
    put(302, ROOT, 'S', 0);
    tree.driver = 300;
    assert_int_equal(watchtree_scan(&tree), 0);
    assert_int_equal(rows(&tree, WATCHER), 0);
    assert_int_equal(watchtree_alive(&tree), 2);
    assert_true(watchtree_any_left(&tree)); /* the driver */
    take_away(301);
    take_away(300);
    assert_int_equal(watchtree_scan(&tree), 0);
    assert_false(watchtree_any_left(&tree));
    watchtree_finish(&tree);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_note_before_the_scan_is_the_same_process, empty_proc),
        cmocka_unit_test_teardown(a_note_waits_until_its_parent_is_known, empty_proc),
        cmocka_unit_test_teardown(a_number_used_again_is_another_process, empty_proc),
        cmocka_unit_test_teardown(a_short_driver_is_not_counted, empty_proc),
        cmocka_unit_test_teardown(children_from_before_are_strangers, empty_proc),
        cmocka_unit_test_teardown(an_attached_program_has_no_part_in_the_watcher,
                                  empty_proc),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
