/* fork in a signal handler that interrupted malloc or free, as programs do that fork a
 * reporter of their state. Neither process may wait for what the interrupted call holds;
 * both go on with that call when the handler returns.
 *
 * usage: fork_signal alone      a process of one thread
 *        fork_signal threads    others allocate meanwhile */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/time.h>

#include "child.h"

enum { FORKS = 300, OTHERS = 3, HELD = 40, CHILD_STEPS = 300 };

static volatile sig_atomic_t forks, child;
static atomic_bool stop;
static pthread_t forking_thread;

static void *held[HELD];

/* Mostly blocks that no cache has: these take locks. */
static void step(void **blocks, uint64_t *state) {
    size_t slot = next_random(state) % HELD;
    uint64_t die = next_random(state) % 4;
    size_t most = die == 0 ? 300 : die == 1 ? 200000 : 32768;
    size_t size = 1 + next_random(state) % most;
    unsigned char *block = blocks[slot];
    CHECK(block == NULL || *block == slot);
    free(block);
    blocks[slot] = block = malloc(size);
    CHECK(block != NULL);
    *block = (unsigned char)slot;
}

static void on_signal(int number) {
    (void)number;
    int saved = errno;
    /* Not one more, when the main thread goes on to join what its child doesn't have. */
    if (pthread_equal(pthread_self(), forking_thread) && !child && forks < FORKS) {
        pid_t made = fork();
        if (made == 0) {
            limit_time(50);
            child = 1;
        } else {
            wait_for(made);
            forks = forks + 1;
        }
    }
    errno = saved;
}

static void block_signal(int how) {
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGUSR1);
    CHECK(pthread_sigmask(how, &ours, NULL) == 0);
}

static void *churn(void *argument) {
    uint64_t state = (uintptr_t)argument;
    void *blocks[HELD] = {NULL};
    block_signal(SIG_BLOCK);
    while (!atomic_load(&stop))
        step(blocks, &state);
    for (int i = 0; i < HELD; i++)
        free(blocks[i]);
    return NULL;
}

/* Another process, so that this one has one thread. Ends with its parent. Its first
 * signals wait until we are out of fork(), in which glibc's own lock is held. */
static pid_t start_pest(void) {
    pid_t target = getpid();
    block_signal(SIG_BLOCK);
    pid_t pest = fork();
    CHECK(pest >= 0);
    while (pest == 0) {
        usleep(1000);
        if (getppid() != target)
            _exit(0);
        kill(target, SIGUSR1);
    }
    block_signal(SIG_UNBLOCK);
    return pest;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    limit_time(100);
    forking_thread = pthread_self();
    pthread_t threads[OTHERS];
    int others = strcmp(argv[1], "threads") == 0 ? OTHERS : 0;
    for (uintptr_t i = 0; i < (uintptr_t)others; i++)
        CHECK(pthread_create(&threads[i], NULL, churn, (void *)(i + 11)) == 0);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    pid_t pest = start_pest();
    uint64_t state = 5;
    while (forks < FORKS && !child)
        step(held, &state);
    if (child) {
        for (int i = 0; i < CHILD_STEPS; i++)
            step(held, &state);
        for (int i = 0; i < HELD; i++)
            free(held[i]);
        _exit(0);
    }
    kill(pest, SIGKILL);
    waitpid(pest, NULL, 0);
    atomic_store(&stop, true);
    for (int i = 0; i < others; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
