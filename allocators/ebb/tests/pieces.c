/* The heap under RLIMIT_AS, which it reserves piece by piece. All but what the program
 * itself takes can be had, in blocks of any size; a fork between two steps of growing
 * costs the child nothing; and a mapping where the heap would grow to is in nobody's way.
 *
 * The mmap() here sees ebb's calls: a piece of the heap is what is asked for at an
 * address. usage: pieces most|fork|in_the_way|fork_in_the_way */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "chain.h"
#include "child.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

enum { LIMIT_MIB = 512, LIMIT_S = 60 };

static char *heap, *heap_end;       /* as reserved so far */
static char *next_large;            /* where the next mapping of 33 MiB and more goes */
static atomic_bool forking, forked; /* the next piece is mapped, but not yet noted */

static void *mapping(void *at, size_t size, int protection, int flags, int fd,
                     off_t from) {
    long result = syscall(SYS_mmap, at, size, protection, flags, fd, from);
    return (void *)result;
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t from) {
    if (at == NULL && size >= 33u << 20 && next_large != NULL) {
        at = next_large;
        next_large = NULL;
    }
    void *base = mapping(at, size, protection, flags, fd, from);
    if ((flags & MAP_FIXED_NOREPLACE) != 0 && base != MAP_FAILED) {
        heap = heap == NULL ? base : heap;
        heap_end = (char *)base + size;
        if (atomic_exchange(&forking, false))
            while (!forked)
                usleep(1000);
    }
    return base;
}

/* The last two sizes are mappings of their own, until there is no room for more. */
static void most(void) {
    size_t sizes[] = {5000, 64, 130000, 3u << 20, 40u << 20, 200u << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *chain;
        size_t mib = exhaust(sizes[i], 0, &chain) >> 20;
        dprintf(1, "%zu MiB of %d in blocks of %zu\n", mib, LIMIT_MIB, sizes[i]);
        CHECK(mib >= LIMIT_MIB * (sizes[i] < 200u << 20 ? 3 : 1) / 4);
        free_chain(chain);
    }
    char *block = calloc(1, 100 << 20); /* of memory that was used */
    CHECK(block != NULL);
    for (size_t i = 0; i < 100u << 20; i += 1000)
        CHECK(block[i] == 0);
    CHECK((block = realloc(block, 120 << 20)) != NULL);
    CHECK(malloc_usable_size(block) >= 120u << 20);
    free(block);
}

/* _Fork() and not fork(), whose handlers wait for the thread that grows the heap. */
static void *fork_when_growing(void *unused) {
    while (forking)
        usleep(100);
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        limit_time(LIMIT_S);
        for (int i = 0; i < 40000; i++)
            CHECK(malloc(5000) != NULL);
        _exit(0);
    }
    forked = true;
    wait_for(child);
    return unused;
}

static void fork_in_the_middle(void) {
    pthread_t thread;
    free(malloc(100));
    forking = true;
    CHECK(pthread_create(&thread, NULL, fork_when_growing, NULL) == 0);
    for (int i = 0; i < 20000; i++)
        CHECK(malloc(5000) != NULL);
    CHECK(forked);
    pthread_join(thread, NULL);
}

static void in_the_way(void) {
    free(malloc(100000)); /* there is a heap */
    CHECK(heap != NULL);
    next_large = heap + (200u << 20);
    char *block = malloc(40 << 20);
    CHECK(block == heap + (200u << 20));
    CHECK(malloc_usable_size(block) >= 40u << 20);
    CHECK((block = realloc(block, 50 << 20)) != NULL);
    memset(block, 1, 50 << 20);
    void *chain;
    size_t mib = exhaust(5000, 0, &chain) >> 20; /* up to there */
    dprintf(1, "%zu MiB below the mapping\n", mib);
    CHECK(mib >= 150 && mib < 250 && heap_end <= heap + (200u << 20));
    free_chain(chain);
    for (size_t i = 0; i < 50u << 20; i += 4096)
        CHECK(block[i] == 1);
    free(block);
    CHECK(exhaust(5000, 0, &chain) >> 20 > mib); /* beyond it */
    free_chain(chain);
}

/* The heap tries to grow there all the time. */
static void *run_into_it(void *unused) {
    while (!forking)
        usleep(1000);
    while (!forked) {
        char *volatile block = malloc(1 << 20);
        free(block);
    }
    return unused;
}

/* A child that goes on where its parent was about to reserve: the mapping stays as it is.
 */
static void fork_in_the_way(void) {
    enum { FORKS = 300, PAGE = 4096 };
    free(malloc(100000)); /* there is a heap */
    char *block = mapping(heap + (32u << 20), PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(block == heap + (32u << 20));
    *block = 42;
    pthread_t thread; /* while there is room for its stack */
    CHECK(pthread_create(&thread, NULL, run_into_it, NULL) == 0);
    while (malloc(1 << 20) != NULL)
        ;
    forking = true;
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0) {
            char *volatile other = malloc(70000);
            if (other != NULL)
                *other = 1;
            _exit(*block == 42 ? 0 : 1);
        }
        wait_for(child);
    }
    forked = true;
    pthread_join(thread, NULL);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    limit_time(LIMIT_S);
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
    if (limit.rlim_cur != (rlim_t)LIMIT_MIB << 20) {
        limit.rlim_cur = limit.rlim_max = (rlim_t)LIMIT_MIB << 20;
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        execv("/proc/self/exe", argv);
        CHECK(!"started again");
    }
    if (strcmp(argv[1], "most") == 0)
        most();
    else if (strcmp(argv[1], "fork") == 0)
        fork_in_the_middle();
    else if (strcmp(argv[1], "in_the_way") == 0)
        in_the_way();
    else if (strcmp(argv[1], "fork_in_the_way") == 0)
        fork_in_the_way();
    else
        CHECK(!"a case");
    return 0;
}
