/* fork while many threads allocate: the child frees its parent's memory, allocates,
 * starts threads, forks again, collects, and execs. A child that hangs is a failure. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "child.h"
#include "ebb.h"

#ifdef EBB_DEBUG
bool ebb_heap_is_valid(void);
#endif

enum { WORKERS = 6, FORKS = 60, INHERITED = 2000 };

static atomic_bool stop;
static unsigned char *inherited[INHERITED];

static void churn(uint64_t seed, int rounds) {
    unsigned char *own[64] = {NULL};
    uint64_t state = seed | 1;
    for (int i = 0; i < rounds; i++) {
        size_t slot = next_random(&state) % 64;
        size_t size = next_random(&state) % (i % 100 == 0 ? 200000 : 700) + 1;
        if (own[slot] != NULL)
            CHECK(own[slot][0] == (unsigned char)slot);
        free(own[slot]);
        own[slot] = malloc(size);
        CHECK(own[slot] != NULL);
        own[slot][0] = (unsigned char)slot;
    }
    for (int i = 0; i < 64; i++)
        free(own[i]);
}

static void *worker(void *argument) {
    while (!atomic_load(&stop))
        churn((uint64_t)(uintptr_t)argument, 500);
    return NULL;
}

static void *churn_once(void *argument) {
    churn((uint64_t)(uintptr_t)argument, 3000);
    return NULL;
}

static _Noreturn void child_main(int number) {
    limit_time(50);
    for (int i = 0; i < INHERITED; i++) {
        CHECK(inherited[i][0] == (unsigned char)i);
        free(inherited[i]);
    }
    churn((uint64_t)number, 3000);
    pthread_t threads[3];
    for (uintptr_t i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, churn_once, (void *)(i + 3)) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    ebb_collect();
#ifdef EBB_DEBUG
    /* blocks may be lost, but nothing is twice, or where nobody looks for it */
    CHECK(ebb_heap_is_valid());
#endif
    if (number % 4 == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
            churn(5, 1000);
            execl("/bin/true", "true", (char *)NULL);
            _exit(3);
        }
        wait_for(grandchild);
    }
    _exit(0);
}

static void *fork_from_thread(void *argument) {
    pid_t child = fork();
    if (child == 0)
        child_main((int)(uintptr_t)argument);
    CHECK(child > 0);
    wait_for(child);
    return NULL;
}

int main(void) {
    limit_time(100);
    for (int i = 0; i < INHERITED; i++) {
        inherited[i] = malloc((size_t)i % 900 + 1);
        inherited[i][0] = (unsigned char)i;
    }
    pthread_t workers[WORKERS];
    for (uintptr_t i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&workers[i], NULL, worker, (void *)(i * 77 + 1)) == 0);
    for (uintptr_t i = 0; i < FORKS; i += 2) {
        pthread_t other;
        CHECK(pthread_create(&other, NULL, fork_from_thread, (void *)i) == 0);
        fork_from_thread((void *)(i + 1));
        pthread_join(other, NULL);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    return 0;
}
