/* No call of the allocator is a cancellation point, nor is what it does at a fork or at
 * the process's end: a thread cancelled there would keep locks for ever, or never end the
 * process. A cancellation stays pending until the program's own next point.
 *
 * usage: cancel calls    malloc's family and ebb_collect
 *        cancel fork     fork, while others are inside the allocator
 *        cancel exit     exit() beside a reclaimer */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "account.h"
#include "child.h"

enum { WORKERS = 4, FORKS = 150, EXITS = 10 };

static atomic_bool stop;
static atomic_int attempts, survived;

static void request_own_cancellation(void) {
    CHECK(pthread_cancel(pthread_self()) == 0);
    atomic_fetch_add(&attempts, 1);
}

/* Slow paths above all: blocks that no cache has. */
static void *churn(void *argument) {
    uint64_t state = (uintptr_t)argument;
    void *own[32] = {NULL};
    while (!atomic_load(&stop)) {
        size_t slot = next_random(&state) % 32;
        free(own[slot]);
        own[slot] = malloc(1 + next_random(&state) % 32768);
        CHECK(own[slot] != NULL);
    }
    for (int i = 0; i < 32; i++)
        free(own[i]);
    return NULL;
}

static void run_cancelled(void *(*body)(void *)) {
    pthread_t thread;
    void *result;
    CHECK(pthread_create(&thread, NULL, body, NULL) == 0);
    CHECK(pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED); /* it was pending until the end */
    CHECK(atomic_load(&survived) == atomic_load(&attempts));
}

static void *call_all(void *argument) {
    (void)argument;
    request_own_cancellation();
    size_t sizes[] = {1, 1000, 30000, 100000, 5 << 20, 40 << 20};
    for (int round = 0; round < 200; round++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned char *block = malloc(sizes[i]);
            CHECK(block != NULL);
            *block = 1;
            CHECK((block = realloc(block, 2 * sizes[i])) != NULL && *block == 1);
            free(block);
            free(aligned_alloc(4096, sizes[i]));
            if (round % 20 == 0)
                ebb_collect();
        }
    atomic_fetch_add(&survived, 1);
    pthread_testcancel();
    return NULL;
}

static void *fork_once(void *argument) {
    (void)argument;
    request_own_cancellation();
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    atomic_fetch_add(&survived, 1);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); /* waitpid is such a point */
    wait_for(child);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    return NULL;
}

static void *exit_at_once(void *argument) {
    (void)argument;
    request_own_cancellation();
    exit(0);
}

/* The process ends though the thread that ends it is to be cancelled. */
static void exit_cancelled(int number) {
    pid_t child = fork();
    if (child != 0) {
        wait_for(child);
        return;
    }
    limit_time(50);
    free(malloc(6 << 20));
    pthread_t thread;
    if (number % 2 == 0) {
        exit_at_once(NULL); /* the main thread */
    } else {
        CHECK(account_comes_to_say("reclaimer", "asleep", 10000));
        CHECK(pthread_create(&thread, NULL, exit_at_once, NULL) == 0);
    }
    for (;;)
        pause();
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    limit_time(100);
    pthread_t workers[WORKERS];
    if (strcmp(argv[1], "exit") == 0) {
        for (int i = 0; i < EXITS; i++)
            exit_cancelled(i);
        return 0;
    }
    for (uintptr_t i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&workers[i], NULL, churn, (void *)(i + 5)) == 0);
    if (strcmp(argv[1], "calls") == 0)
        run_cancelled(call_all);
    for (int i = 0; i < FORKS && strcmp(argv[1], "fork") == 0; i++)
        run_cancelled(fork_once);
    CHECK(atomic_load(&attempts) > 0);
    atomic_store(&stop, true);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    return 0;
}
