/* A system that is short of threads for a moment: pthread_create is refused (by this
 * program, in libc's place), later allowed again. The reclaimer must come up then, in
 * this process and in a child of a process that was refused.
 *
 * usage: retry_thread alone|threads|child */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "account.h"
#include "child.h"

enum { BLOCKS = 2000, PATIENCE_MS = 8000 };

static atomic_bool refusing;
static atomic_int refused;
static int (*real_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*body)(void *), void *argument) {
    if (atomic_load(&refusing)) {
        atomic_fetch_add(&refused, 1);
        return EAGAIN;
    }
    return real_create(thread, attributes, body, argument);
}

/* Something to give back, and slow paths on the way. */
static void burst(void) {
    static unsigned char *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        CHECK((blocks[i] = malloc(5000)) != NULL);
        memset(blocks[i], i & 255, 5000);
    }
    for (int i = 0; i < BLOCKS; i++) {
        CHECK(blocks[i][4999] == (i & 255));
        free(blocks[i]);
    }
}

/* The process is active as long as it waits: what it needs is found at some call. */
static void expect_reclaimer(void) {
    for (int ms = 0; ms < PATIENCE_MS && account_says("reclaimer", "none"); ms += 50) {
        burst();
        usleep(50000);
    }
    CHECK(!account_says("reclaimer", "none"));
    CHECK(account_comes_to_say("reclaimer", "asleep", PATIENCE_MS));
    CHECK(account_number("resident_slice_bytes") == 0);
}

static void be_refused(void) {
    atomic_store(&refusing, true);
    for (int i = 0; i < 10; i++)
        burst();
    CHECK(atomic_load(&refused) > 0);
    CHECK(account_says("reclaimer", "none"));
}

static void *sleep_on(void *argument) {
    while (argument == NULL)
        pause();
    return NULL;
}

static void in_child(void) {
    pid_t child = fork();
    if (child != 0) {
        wait_for(child);
        return;
    }
    limit_time(50);
    atomic_store(&refusing, false);
    expect_reclaimer();
    _exit(0);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    limit_time(100);
    real_create = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                           void *))dlsym(RTLD_NEXT, "pthread_create");
    CHECK(real_create != NULL);
    pthread_t other;
    if (strcmp(argv[1], "threads") == 0)
        CHECK(pthread_create(&other, NULL, sleep_on, NULL) == 0);
    be_refused();
    if (strcmp(argv[1], "child") == 0)
        in_child();
    atomic_store(&refusing, false);
    expect_reclaimer();
    return 0;
}
