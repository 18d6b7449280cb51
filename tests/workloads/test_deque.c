/* The deque: order from either end, a full one, and a race in which no task is lost or
 * doubled. */
#include "cmocka_all.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "deque.h"

enum { TASKS = 200000, THIEVES = 3 };

/* Tasks are only addresses here: entry i of this array. */
static char names[TASKS];
static atomic_int taken[TASKS];

static struct task *task(size_t i) {
    return (struct task *)&names[i];
}

static void take(struct task *t) {
    atomic_fetch_add(&taken[(char *)t - names], 1);
}

static void newest_first_and_oldest_first(void **state) {
    (void)state;
    struct deque *deque = calloc(1, sizeof *deque);
    assert_null(deque_pop(deque));
    assert_null(deque_steal(deque));
    for (size_t i = 0; i < 4; i++)
        assert_true(deque_push(deque, task(i)));
    assert_ptr_equal(deque_pop(deque), task(3));
    assert_ptr_equal(deque_steal(deque), task(0));
    assert_ptr_equal(deque_pop(deque), task(2));
    assert_ptr_equal(deque_pop(deque), task(1));
    assert_null(deque_pop(deque));
    assert_null(deque_steal(deque));
    free(deque);
}

static void a_full_one_refuses(void **state) {
    (void)state;
    struct deque *deque = calloc(1, sizeof *deque);
    for (size_t i = 0; i < DEQUE_CAPACITY; i++)
        assert_true(deque_push(deque, task(i)));
    assert_false(deque_push(deque, task(DEQUE_CAPACITY)));
    assert_ptr_equal(deque_steal(deque), task(0));
    assert_true(deque_push(deque, task(DEQUE_CAPACITY)));
    free(deque);
}

static atomic_int owner_is_done;

static void *steal_all(void *argument) {
    struct deque *deque = argument;
    for (;;) {
        struct task *t = deque_steal(deque);
        if (t)
            take(t);
        else if (atomic_load(&owner_is_done))
            return NULL;
    }
}

static void every_task_is_taken_once(void **state) {
    (void)state;
    struct deque *deque = calloc(1, sizeof *deque);
    pthread_t thieves[THIEVES];
    for (int i = 0; i < THIEVES; i++)
        pthread_create(&thieves[i], NULL, steal_all, deque);
    for (size_t i = 0; i < TASKS; i++) {
        while (!deque_push(deque, task(i)))
            ;
        struct task *t = i % 3 == 0 ? deque_pop(deque) : NULL;
        if (t)
            take(t);
    }
    for (struct task *t; (t = deque_pop(deque));)
        take(t);
    atomic_store(&owner_is_done, 1);
    for (int i = 0; i < THIEVES; i++)
        pthread_join(thieves[i], NULL);
    for (size_t i = 0; i < TASKS; i++)
        assert_int_equal(atomic_load(&taken[i]), 1);
    free(deque);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_first_and_oldest_first),
        cmocka_unit_test(a_full_one_refuses),
        cmocka_unit_test(every_task_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
