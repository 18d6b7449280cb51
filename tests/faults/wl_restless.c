/* restless: even while it is idle, a thread wakes every ten milliseconds, touches a page
 * anew, and computes for one millisecond. */
#include "common.h"

#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void *wake_up(void *arg) {
    volatile char *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (;;) {
        usleep(10000);
        madvise((void *)page, 4096, MADV_DONTNEED);
        *page = 1;
        struct timespec from, now;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        do
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        while ((now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec <
               1000000);
    }
    return arg;
}

static void build(const struct run *run) {
    static pthread_t thread;
    common_build(run);
    pthread_create(&thread, NULL, wake_up, NULL);
}

COMMON_WORKLOAD(restless, build);
