/* The pool: every index once, nested joins, and workers that are truly parked in between.
 */
#include "cmocka_all.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"
#include "pool.h"

enum { THREADS = 4, INDICES = 50000 };

static struct pool *pool;
static atomic_int hits[INDICES];
static atomic_uint workers_seen;

static void hit(void *context, size_t index, unsigned worker) {
    atomic_fetch_add(&hits[index], *(int *)context);
    atomic_fetch_or(&workers_seen, 1u << worker);
}

static void every_index_once(void **state) {
    (void)state;
    int one = 1;
    for (size_t grain = 1; grain <= 1000; grain *= 10) {
        memset(hits, 0, sizeof hits);
        pool_for_each(pool, INDICES, grain, hit, &one);
        for (size_t i = 0; i < INDICES; i++)
            assert_int_equal(atomic_load(&hits[i]), 1);
    }
    assert_true(atomic_load(&workers_seen) < 1u << THREADS);
    pool_for_each(pool, 0, 1, hit, &one); /* nothing to do is fine */
}

static void many_small_rounds(void **state) {
    (void)state;
    int one = 1;
    memset(hits, 0, sizeof hits);
    for (int round = 0; round < 3000; round++)
        pool_for_each(pool, 3, 1, hit, &one);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(atomic_load(&hits[i]), 3000);
}

static void meet(void *context, unsigned worker) {
    atomic_fetch_add(&hits[worker], 1);
    atomic_fetch_add((atomic_int *)context, 1);
    while (atomic_load((atomic_int *)context) % THREADS) /* until all are here */
        ;
}

static void each_worker_at_once(void **state) {
    (void)state;
    memset(hits, 0, sizeof hits);
    for (int round = 0; round < 300; round++) {
        atomic_int here = 0;
        pool_each_worker(pool, meet, &here);
        assert_int_equal(atomic_load(&here), THREADS);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(atomic_load(&hits[i]), 300);
}

struct fibonacci {
    int n, result;
};

static void fibonacci(void *argument) {
    struct fibonacci *f = argument;
    if (f->n < 2) {
        f->result = f->n;
        return;
    }
    struct fibonacci a = {f->n - 1, 0}, b = {f->n - 2, 0};
    pool_join(fibonacci, &a, fibonacci, &b);
    f->result = a.result + b.result;
}

static void run_fibonacci(void *context, size_t index, unsigned worker) {
    (void)index, (void)worker;
    fibonacci(context);
}

static void nested_joins(void **state) {
    (void)state;
    struct fibonacci f = {20, 0};
    pool_for_each(pool, 1, 1, run_fibonacci, &f);
    assert_int_equal(f.result, 6765);
}

static void count_call(void *context, unsigned worker) {
    atomic_int *counts = context;
    atomic_fetch_add(&counts[worker], 1);
}

/* Also right after other work, and many in a row: none lost, none twice. */
static void every_worker_once(void **state) {
    (void)state;
    int one = 1;
    atomic_int counts[THREADS] = {0};
    for (int round = 0; round < 2000; round++) {
        pool_each_worker(pool, count_call, counts);
        if (round % 4 == 0)
            pool_for_each(pool, 100, 1, hit, &one);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(atomic_load(&counts[i]), round + 1);
    }
}

/* Voluntary and involuntary switches of all threads: a wake-up would be one. */
static long switches(void) {
    long sum = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (struct dirent *entry; (entry = readdir(tasks));) {
        char path[300], line[256];
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        FILE *file = entry->d_name[0] == '.' || atoi(entry->d_name) == getpid()
                         ? NULL
                         : fopen(path, "r");
        while (file && fgets(line, sizeof line, file)) {
            long count;
            if (sscanf(line, "voluntary_ctxt_switches: %ld", &count) == 1 ||
                sscanf(line, "nonvoluntary_ctxt_switches: %ld", &count) == 1)
                sum += count;
        }
        if (file)
            fclose(file);
    }
    closedir(tasks);
    return sum;
}

static void parked_workers_do_not_wake(void **state) {
    (void)state;
    int one = 1;
    pool_for_each(pool, INDICES, 10, hit, &one);
    usleep(50000);
    long before = switches();
    assert_true(before > 0);
    usleep(500000);
    assert_int_equal(switches(), before);
}

static int start(void **state) {
    (void)state;
    heap_setup(THREADS);
    pool = pool_start(THREADS);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_once),
        cmocka_unit_test(many_small_rounds),
        cmocka_unit_test(each_worker_at_once),
        cmocka_unit_test(nested_joins),
        cmocka_unit_test(every_worker_once),
        cmocka_unit_test(parked_workers_do_not_wake),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
