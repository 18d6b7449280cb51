/* Sixty-four threads that allocate, hand blocks over and exit, and a census afterwards:
 * what the account calls live is what the program holds, to the byte. And a reclaimer
 * that takes neither the real-time priority nor the processors of the thread that started
 * it.
 *
 * usage: many census|fifo|pinned */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "account.h"
#include "child.h"

enum { THREADS = 64, ROUNDS = 3, SLOTS = 4096, STEPS = 3000, STACK = 256 << 10 };

static _Atomic(unsigned char *) slots[SLOTS]; /* the program's blocks, all of them */
static char *stacks; /* ours: libc keeps data of its own with stacks that it made */

static size_t some_size(uint64_t *state) {
    static const size_t most[] = {64, 64, 64, 1000, 1000, 10000, 40000, 200000};
    return 1 + next_random(state) % most[next_random(state) % 8];
}

static void *hand_over(void *argument) {
    uint64_t state = 2 * (uint64_t)(uintptr_t)argument + 1;
    for (int i = 0; i < STEPS; i++) {
        size_t slot = next_random(&state) % SLOTS;
        unsigned char *block = NULL;
        if (next_random(&state) % 3 != 0) {
            size_t size = some_size(&state);
            CHECK((block = malloc(size)) != NULL);
            block[0] = block[size - 1] = (unsigned char)slot;
        }
        block = atomic_exchange(&slots[slot], block);
        CHECK(block == NULL || *block == (unsigned char)slot);
        free(block);
    }
    return NULL;
}

static void create(pthread_t *thread, int number, int policy, void *(*body)(void *),
                   uintptr_t argument) {
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstack(&attributes, stacks + (size_t)number * STACK, STACK) ==
          0);
    struct sched_param priority = {.sched_priority = policy == SCHED_FIFO};
    CHECK(pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED) == 0);
    CHECK(pthread_attr_setschedpolicy(&attributes, policy) == 0);
    CHECK(pthread_attr_setschedparam(&attributes, &priority) == 0);
    int error = pthread_create(thread, &attributes, body, (void *)argument);
    if (error == EPERM && policy == SCHED_FIFO) {
        dprintf(1, "skipped: this process may not have real-time threads\n");
        _exit(77);
    }
    CHECK(error == 0);
    pthread_attr_destroy(&attributes);
}

static size_t held(void) {
    size_t bytes = 0;
    for (int i = 0; i < SLOTS; i++)
        bytes += malloc_usable_size(atomic_load(&slots[i]));
    return bytes;
}

static void take_census(size_t before) {
    CHECK(account_number("live_bytes") == before + held());
    CHECK(account_number("caches") == 1); /* ours */
    ebb_collect();
    CHECK(account_number("live_bytes") == before + held());
    CHECK(account_number("cached_bytes") == 0);
}

static void census(int policy) {
    free(malloc(6 << 20));
    CHECK(account_comes_to_say("reclaimer", "asleep", 10000)); /* it has its memory */
    size_t before = account_number("live_bytes");
    for (uintptr_t round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++)
            create(&threads[i], i, policy, hand_over, round * THREADS + (uintptr_t)i);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        take_census(before);
    }
    for (int i = 0; i < SLOTS; i++)
        free(slots[i]);
    ebb_collect();
    CHECK(account_number("live_bytes") == before && account_number("cached_bytes") == 0);
}

/* ---- what the reclaimer inherits --------------------------------------------------- */

static bool is_named(int thread, const char *wanted) {
    char path[64], name[32];
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", thread);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, name, sizeof name);
    close(fd);
    return length == (ssize_t)strlen(wanted) && memcmp(name, wanted, (size_t)length) == 0;
}

/* Its thread id, 0 when there is none. opendir would allocate. */
static int find_reclaimer(void) {
    char entries[8192];
    int found = 0, fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    long bytes;
    while ((bytes = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0)
        for (long at = 0; at < bytes;) {
            unsigned short
                length; /* struct linux_dirent64: ino, off, reclen, type, name */
            memcpy(&length, entries + at + 16, sizeof length);
            int thread = atoi(entries + at + 19);
            if (thread != 0 && is_named(thread, "ebb-reclaim\n"))
                found = thread;
            at += length;
        }
    close(fd);
    return found;
}

static atomic_bool checked;

static void *start_reclaimer(void *pinned) {
    if (pinned != NULL) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(sched_getcpu(), &one);
        CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    }
    void *volatile large = malloc(6 << 20);
    for (int i = 0; i < 1000; i++) { /* one in the slow path suffices */
        void *volatile block = malloc(32768);
        free(large);
        large = block;
    }
    free(large);
    CHECK(account_says("reclaimer", "awake"));
    while (!atomic_load(&checked))
        usleep(10000);
    return NULL;
}

static int expect_reclaimer(void) {
    int thread = 0;
    for (int ms = 0; ms < 10000 && (thread = find_reclaimer()) == 0; ms += 5)
        usleep(5000);
    CHECK(thread != 0);
    return thread;
}

static void inherits(int policy, bool pinned) {
    cpu_set_t ours, its;
    CHECK(sched_getaffinity(0, sizeof ours, &ours) == 0);
    if (pinned && CPU_COUNT(&ours) < 2) {
        dprintf(1, "skipped: this process may use one processor only\n");
        _exit(77);
    }
    pthread_t starter;
    create(&starter, 0, policy, start_reclaimer, pinned);
    int thread = expect_reclaimer();
    bool policy_is_plain = false, may_run_everywhere = false;
    /* it has this long to become what it wants to be */
    for (int ms = 0; ms < 2000 && !(policy_is_plain && may_run_everywhere); ms += 20) {
        policy_is_plain = sched_getscheduler(thread) == SCHED_OTHER;
        CHECK(sched_getaffinity(thread, sizeof its, &its) == 0);
        CPU_AND(&its, &its, &ours);
        may_run_everywhere = CPU_EQUAL(&its, &ours);
        usleep(20000);
    }
    CHECK(policy_is_plain);
    CHECK(may_run_everywhere);
    atomic_store(&checked, true);
    pthread_join(starter, NULL);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    limit_time(100);
    stacks = mmap(NULL, (size_t)THREADS * STACK, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(stacks != MAP_FAILED);
    if (strcmp(argv[1], "census") == 0) {
        census(SCHED_OTHER);
    } else if (strcmp(argv[1], "pinned") == 0) {
        inherits(SCHED_OTHER, true);
    } else {
        CHECK(strcmp(argv[1], "fifo") == 0);
        inherits(SCHED_FIFO, false);
        census(SCHED_FIFO);
    }
    return 0;
}
