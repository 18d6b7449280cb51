/* Storms of forks while threads allocate, from the shared library and from the archive:
 * children free what they inherited, allocate, start threads, and leave by exit(), with
 * its handlers and destructors, as most programs do. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "child.h"
#include "ebb.h"

enum { WORKERS = 4, FORKERS = 2, FORKS = 60, INHERITED = 1000, SLOTS = 64 };

static atomic_bool stop;
static unsigned char *inherited[INHERITED];

static void churn(uint64_t seed, int rounds) {
    unsigned char *own[SLOTS] = {NULL};
    uint64_t state = seed | 1;
    for (int i = 0; i < rounds; i++) {
        size_t slot = next_random(&state) % SLOTS;
        size_t size = next_random(&state) % (i % 10 == 0 ? 200000 : 9000) + 1;
        CHECK(own[slot] == NULL || own[slot][0] == slot);
        free(own[slot]);
        own[slot] = malloc(size);
        CHECK(own[slot] != NULL);
        own[slot][0] = (unsigned char)slot;
    }
    for (int i = 0; i < SLOTS; i++)
        free(own[i]);
}

static void *worker(void *argument) {
    while (!atomic_load(&stop))
        churn((uint64_t)(uintptr_t)argument, 500);
    return NULL;
}

static void *churn_once(void *argument) {
    churn((uint64_t)(uintptr_t)argument, 500);
    return NULL;
}

static void at_exit(void) {
    churn(99, 50);
}

static _Noreturn void child_main(int number) {
    limit_time(50);
    for (int i = 0; i < INHERITED; i++) {
        CHECK(inherited[i][0] == (unsigned char)i);
        free(inherited[i]);
    }
    churn((uint64_t)number, 300);
    pthread_t threads[2];
    for (uintptr_t i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, churn_once, (void *)(i + 3)) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    if (number % 3 == 0)
        ebb_collect();
    exit(0);
}

static void *fork_all_the_time(void *argument) {
    (void)argument;
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0)
            child_main(i);
        wait_for(child);
    }
    return NULL;
}

int main(void) {
    limit_time(100);
    CHECK(atexit(at_exit) == 0);
    for (int i = 0; i < INHERITED; i++) {
        inherited[i] = malloc((size_t)i * 9 + 1);
        inherited[i][0] = (unsigned char)i;
    }
    pthread_t workers[WORKERS], forkers[FORKERS];
    for (uintptr_t i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&workers[i], NULL, worker, (void *)(i * 77 + 1)) == 0);
    for (int i = 0; i < FORKERS; i++)
        CHECK(pthread_create(&forkers[i], NULL, fork_all_the_time, NULL) == 0);
    for (int i = 0; i < FORKERS; i++)
        pthread_join(forkers[i], NULL);
    atomic_store(&stop, true);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    return 0;
}
