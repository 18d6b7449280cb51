/* Allocation at the ends of a process: constructors of any priority, preinit, atexit
 * handlers, destructors (of thread-specific data too), and a quiet exit while other
 * threads still allocate. */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <threads.h>

#include "check.h"

static char *early[3];

static char *labelled(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    CHECK(copy != NULL);
    return strcpy(copy, text);
}

static void preinit(void) {
    early[0] = labelled("preinit");
}
__attribute__((section(".preinit_array"),
               used)) static void (*const entry)(void) = preinit;

__attribute__((constructor(101))) static void first(void) {
    early[1] = labelled("constructor 101");
}

__attribute__((constructor)) static void second(void) {
    early[2] = labelled("constructor");
}

__attribute__((destructor(101))) static void last(void) {
    for (int i = 0; i < 1000; i++)
        free(labelled("destructor"));
    CHECK(strcmp(early[1], "constructor 101") == 0);
    free(early[1]);
}

static void at_exit(void) {
    CHECK(strcmp(early[2], "constructor") == 0);
    free(early[2]);
    early[2] = labelled("again");
}

static void end_of_thread(void *value) {
    CHECK(strcmp(value, "thread's own") == 0);
    free(value);
    for (int i = 0; i < 100; i++)
        free(labelled("destructor of thread-specific data"));
}

static void *short_lived(void *key) {
    CHECK(tss_set(*(tss_t *)key, labelled("thread's own")) == thrd_success);
    return NULL;
}

static void *busy(void *argument) {
    (void)argument;
    for (;;)
        free(labelled("busy"));
    return NULL;
}

int main(void) {
    CHECK(strcmp(early[0], "preinit") == 0);
    free(early[0]);
    CHECK(atexit(at_exit) == 0);
    tss_t key;
    CHECK(tss_create(&key, end_of_thread) == thrd_success);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, short_lived, &key) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    /* exit() with threads in the middle of malloc, many times */
    for (int i = 0; i < 50; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            pthread_t thread;
            for (int j = 0; j < 3; j++)
                CHECK(pthread_create(&thread, NULL, busy, NULL) == 0);
            exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    return 0;
}
