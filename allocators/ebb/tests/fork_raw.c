/* Processes made without fork's handlers being run, while the reclaimer sleeps or is at
 * work: the child allocates and leaves by exit(), where it must not wait for a thread
 * that only its parent has. And children that share their parent's memory until they
 * exec: what they do must not look like a fork to the parent.
 *
 * usage: fork_raw _Fork|clone|nested|shared asleep|awake */
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>

#include "account.h"
#include "child.h"

enum { FORKS = 20, DEPTH = 4, SPAWNS = 60, BLOCKS = 4000, LIMIT_S = 50 };

extern char **environ;

static unsigned char *blocks[BLOCKS];
static atomic_bool stop;

static void allocate(int first) {
    for (int i = first; i < BLOCKS; i++) {
        size_t size = 1 + (size_t)i * 37 % 5000;
        CHECK((blocks[i] = malloc(size)) != NULL);
        memset(blocks[i], i & 255, size);
    }
}

static void check_and_free(int first) {
    for (int i = first; i < BLOCKS; i++) {
        CHECK(blocks[i][0] == (i & 255) && blocks[i][(size_t)i * 37 % 5000] == (i & 255));
        free(blocks[i]);
    }
}

static pid_t by_clone(void) {
    return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* In a child: its parent's blocks are its own, and its exit is quiet. */
static _Noreturn void live_and_exit(void) {
    limit_time(LIMIT_S);
    check_and_free(0);
    allocate(0);
    check_and_free(0);
    exit(0);
}

static void settle(const char *state) {
    if (strcmp(state, "awake") == 0) { /* only just used: it has something to do */
        free(malloc(200000));
        CHECK(!account_says("reclaimer", "none"));
    } else {
        CHECK(account_comes_to_say("reclaimer", state, 10000));
    }
}

static void children(pid_t (*make)(void), const char *state) {
    for (int i = 0; i < FORKS; i++) {
        settle(state);
        pid_t child = make();
        if (child == 0)
            live_and_exit();
        wait_for(child);
    }
}

/* A child of a child of a child, each by another call, each with a heap in use. */
static void nest(int depth) {
    pid_t child = depth % 3 == 0 ? fork() : depth % 3 == 1 ? _Fork() : by_clone();
    if (child != 0) {
        wait_for(child);
        return;
    }
    limit_time(LIMIT_S);
    check_and_free(BLOCKS / 2);
    allocate(BLOCKS / 2);
    if (depth > 0)
        nest(depth - 1);
    check_and_free(0);
    exit(0);
}

/* Blocks that go round while others spawn: nobody else may get them. */
static void *churn(void *argument) {
    uint64_t state = (uintptr_t)argument;
    unsigned char *own[64] = {NULL};
    size_t sizes[64] = {0};
    while (!atomic_load(&stop)) {
        size_t slot = next_random(&state) % 64;
        for (size_t i = 0; i < sizes[slot]; i++)
            CHECK(own[slot][i] == slot);
        free(own[slot]);
        sizes[slot] = 1 + next_random(&state) % 6000;
        CHECK((own[slot] = malloc(sizes[slot])) != NULL);
        memset(own[slot], (int)slot, sizes[slot]);
    }
    for (int i = 0; i < 64; i++)
        free(own[i]);
    return NULL;
}

/* The child may only exec, says the standard; some allocate for it all the same. */
static void vfork_and_exec(void) {
    pid_t child = vfork();
    if (child == 0) {
        void *volatile argument = malloc(3000);
        free(argument);
        execl("/bin/true", "true", (char *)NULL);
        _exit(3);
    }
    wait_for(child);
}

static void spawn(void) {
    static char name[] = "true";
    char *arguments[] = {name, NULL};
    pid_t child;
    CHECK(posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ) == 0);
    wait_for(child);
}

static void shared(const char *state) {
    pthread_t threads[3];
    if (strcmp(state, "awake") == 0)
        for (uintptr_t i = 0; i < 3; i++)
            CHECK(pthread_create(&threads[i], NULL, churn, (void *)(i + 7)) == 0);
    else
        CHECK(account_comes_to_say("reclaimer", state, 10000));
    for (int i = 0; i < SPAWNS; i++)
        if (i % 2 == 0)
            vfork_and_exec();
        else
            spawn();
    CHECK(!account_says("reclaimer", "none"));
    atomic_store(&stop, true);
    for (int i = 0; i < 3 && strcmp(state, "awake") == 0; i++)
        pthread_join(threads[i], NULL);
    check_and_free(BLOCKS / 2);
    allocate(BLOCKS / 2);
    CHECK(account_comes_to_say("reclaimer", "asleep", 10000)); /* it lives on */
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    limit_time(100);
    free(malloc(6 << 20)); /* a heap that has a reclaimer, where there is one thread */
    allocate(0);
    const char *how = argv[1], *state = argv[2];
    if (strcmp(how, "_Fork") == 0) {
        children(_Fork, state);
    } else if (strcmp(how, "clone") == 0) {
        children(by_clone, state);
    } else if (strcmp(how, "shared") == 0) {
        shared(state);
    } else {
        CHECK(strcmp(how, "nested") == 0);
        settle(state);
        nest(DEPTH);
    }
    check_and_free(0);
    return 0;
}
