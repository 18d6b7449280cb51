/* What recovery in a fork's child relies on, of the kernel: the child sees a consistent
 * cut of the other threads' writes. If it sees a write, it sees all that came before it,
 * in that thread and in others that it had learnt from, on whatever pages. No allocator
 * here. The control: the same pages, copied one by one while the writer runs, are torn.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "child.h"

enum {
    PAGE = 4096,
    PAGES = 8192, /* touched, so that the kernel's copying takes a while */
    SPREAD = 8,   /* pages of address space for each */
    COUNTERS = 6,
    FORKS = 100,
    COPIES = 200,
};

static const size_t AREA = (size_t)PAGES * SPREAD * PAGE;

/* A page each. Written in this order, over and over; their addresses are in another. */
static const unsigned order[COUNTERS] = {5, 0, 3, 1, 4, 2};
enum { SEEN = COUNTERS }; /* what the relay has read of the last counter */

static char *area;

static _Atomic unsigned long *counter(char *base, unsigned which) {
    size_t sixth = PAGES / COUNTERS;
    size_t page = which == SEEN ? PAGES / 2 + 3 : order[which] * sixth;
    return (_Atomic unsigned long *)(void *)(base + page * SPREAD * PAGE + 64);
}

static void *write_counters(void *argument) {
    (void)argument;
    for (;;)
        for (unsigned i = 0; i < COUNTERS; i++)
            atomic_fetch_add_explicit(counter(area, i), 1, memory_order_release);
    return NULL;
}

static void *relay(void *argument) {
    (void)argument;
    for (;;)
        atomic_store_explicit(
            counter(area, SEEN),
            atomic_load_explicit(counter(area, COUNTERS - 1), memory_order_acquire),
            memory_order_release);
    return NULL;
}

/* counter 0 >= counter 1 >= ... >= the last one >= counter 0 - 1; last >= seen */
static bool is_torn(char *base) {
    unsigned long values[COUNTERS + 1];
    for (unsigned i = 0; i <= COUNTERS; i++)
        values[i] = atomic_load(counter(base, i));
    bool torn = values[0] > values[COUNTERS - 1] + 1;
    for (unsigned i = 1; i <= COUNTERS; i++)
        torn |= values[i] > values[i - 1];
    return torn;
}

static char *map(void) {
    char *base = mmap(NULL, AREA, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(base != MAP_FAILED);
    for (size_t i = 0; i < PAGES; i++)
        base[i * SPREAD * PAGE] = 1;
    return base;
}

static bool copy_is_torn(char *copy) {
    for (size_t i = 0; i < PAGES; i++)
        memcpy(copy + i * SPREAD * PAGE, area + i * SPREAD * PAGE, PAGE);
    return is_torn(copy);
}

int main(void) {
    limit_time(50);
    area = map();
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, write_counters, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, relay, NULL) == 0);
    int torn = 0;
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            _exit(is_torn(area) ? 1 : 0);
        int status;
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
        torn += WEXITSTATUS(status) != 0;
    }
    char *copy = map();
    int copies = 0;
    while (copies < COPIES && !copy_is_torn(copy))
        copies++;
    dprintf(1, "%d of %d forks torn; copy %d is\n", torn, FORKS, copies + 1);
    CHECK(torn == 0);
    CHECK(copies < COPIES); /* else the check above can't fail */
    return 0;
}
