/* The idle drivers: who calls the allocator while the harness has not said "go". */
#include "cmocka_all.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "heap.h"
#include "idle.h"
#include "pool.h"
#include "say.h"

enum { THREADS = 3 };

static struct pool *pool;
static int harness; /* the harness's end of the socket */

/* The harness's side: takes the line, and says "go" after some ticks' time. */
static void *play_harness(void *line) {
    ssize_t n = read(harness, line, 63);
    usleep(450000);
    return n > 0 && write(harness, "go\n", 3) == 3 ? line : NULL;
}

static void idle(const char *driver, const char *expected) {
    char line[64] = "";
    pthread_t thread;
    void *played;
    assert_int_equal(pthread_create(&thread, NULL, play_harness, line), 0);
    idle_run(driver, pool);
    pthread_join(thread, &played);
    assert_non_null(played);
    assert_int_equal(strncmp(line, expected, strlen(expected)), 0);
}

static void read_calls(void *context, unsigned worker) {
    ((uint64_t *)context)[worker] = heap_own->calls;
}

/* Calls of each thread while idle; the main thread's are the last. */
static void count_calls(const char *driver, const char *line, uint64_t *ret) {
    uint64_t before[THREADS + 1];
    pool_each_worker(pool, read_calls, before);
    read_calls(before, THREADS);
    idle(driver, line);
    pool_each_worker(pool, read_calls, ret);
    read_calls(ret, THREADS);
    for (int i = 0; i <= THREADS; i++)
        ret[i] -= before[i];
}

static void quiet_ones_call_nothing(void **state) {
    (void)state;
    uint64_t calls[THREADS + 1];
    count_calls("dead", "idle driver=dead\n", calls);
    for (int i = 0; i <= THREADS; i++)
        assert_int_equal(calls[i], 0);
    count_calls("collect", "idle driver=collect call=", calls);
    for (int i = 0; i <= THREADS; i++)
        assert_int_equal(calls[i], 0);
}

static void tick_is_the_main_threads(void **state) {
    (void)state;
    uint64_t calls[THREADS + 1];
    count_calls("tick", "idle driver=tick\n", calls);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(calls[i], 0);
    assert_true(calls[THREADS] >= 2 && calls[THREADS] % 2 == 0);
}

static void tick_all_is_everybodys(void **state) {
    (void)state;
    uint64_t calls[THREADS + 1];
    count_calls("tick-all", "idle driver=tick-all\n", calls);
    assert_true(calls[THREADS] >= 2 && calls[THREADS] % 2 == 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(calls[i], calls[THREADS]);
}

static int count_threads(void) {
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (struct dirent *entry; (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* The last test: there are no workers afterwards. */
static void joined_leaves_the_main_thread(void **state) {
    (void)state;
    int before = count_threads();
    idle("joined", "idle driver=joined\n");
    assert_int_equal(count_threads(), before - THREADS);
}

static void knows_its_names(void **state) {
    (void)state;
    assert_true(idle_is_driver("tick-all"));
    assert_false(idle_is_driver("asleep"));
    assert_false(idle_is_driver(""));
}

static int start(void **state) {
    (void)state;
    int ends[2];
    heap_setup(THREADS);
    heap_use_counters(THREADS);
    pool = pool_start(THREADS);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return -1;
    harness = ends[0];
    say_set_report(ends[1]);
    say_set_waiting(1);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_ones_call_nothing),
        cmocka_unit_test(tick_is_the_main_threads),
        cmocka_unit_test(tick_all_is_everybodys),
        cmocka_unit_test(knows_its_names),
        cmocka_unit_test(joined_leaves_the_main_thread),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
