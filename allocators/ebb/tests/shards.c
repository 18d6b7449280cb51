/*
 * Shards: how many processors there are is this test's to say (-Wl,--wrap).
 *
 *     apart       blocks that two threads take and free lie in slabs of their own
 *     together    the control: with one processor they do not
 *     reach       what one thread has filled and left is found by another
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "check.h"

/* Before main() begins, ebb has asked. */
unsigned __wrap_os_cpus(void);
unsigned __wrap_os_cpus(void) {
    return getenv("ONE_PROCESSOR") != NULL ? 1 : 4;
}

enum { BLOCKS = 20000, SIZE = 48, ROUNDS = 50 };

static void *blocks[2][BLOCKS];
static pthread_barrier_t barrier;

static uintptr_t slice_of_block(const void *block) {
    return (uintptr_t)block >> 16;
}

/* How many of the second thread's blocks lie in a slab with one of the first's. */
static size_t shared_blocks(void) {
    size_t shared = 0;
    for (size_t i = 0; i < BLOCKS; i++) {
        bool has = false;
        for (size_t j = 0; j < BLOCKS && !has; j++)
            has = slice_of_block(blocks[0][j]) == slice_of_block(blocks[1][i]);
        shared += has;
    }
    return shared;
}

/* Both threads free half of their blocks, then one after the other takes as many. */
static void *churn(void *argument) {
    unsigned me = *(unsigned *)argument;
    uint64_t random = me + 1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < BLOCKS; i++)
            if (next_random(&random) % 2 == 0) {
                free(blocks[me][i]);
                blocks[me][i] = NULL;
            }
        for (unsigned turn = 0; turn < 2; turn++) {
            pthread_barrier_wait(&barrier);
            for (size_t i = 0; i < BLOCKS && (round + turn) % 2 == me; i++)
                if (blocks[me][i] == NULL)
                    CHECK((blocks[me][i] = malloc(SIZE)) != NULL);
        }
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static size_t churn_by_two(void) {
    pthread_t second;
    unsigned numbers[] = {0, 1};
    CHECK(pthread_barrier_init(&barrier, NULL, 2) == 0);
    CHECK(pthread_create(&second, NULL, churn, &numbers[1]) == 0);
    churn(&numbers[0]);
    CHECK(pthread_join(second, NULL) == 0);
    size_t shared = shared_blocks();
    dprintf(1, "%zu of %d blocks share a slab with another thread's\n", shared, BLOCKS);
    return shared;
}

static void apart(void) {
    CHECK(churn_by_two() < BLOCKS / 10);
}

static void together(void) {
    CHECK(churn_by_two() > BLOCKS / 2);
}

struct taken {
    void **blocks; /* linked */
    size_t count;
};

static void take_all(struct taken *taken) {
    for (void **block; (block = malloc(SIZE)) != NULL; taken->count++) {
        *block = taken->blocks;
        taken->blocks = block;
    }
}

/* Gets a cache while there is memory for one. */
static void *take_after(void *argument) {
    free(malloc(SIZE));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    take_all(argument);
    return NULL;
}

static void reach(void) {
    enum { KEPT = 500 }; /* one in so many, so that no slab is free */
    struct rlimit limit = {.rlim_cur = 64 << 20, .rlim_max = 64 << 20};
    struct taken first = {NULL, 0}, second = first;
    size_t kept = 0;
    pthread_t thread;
    CHECK(pthread_barrier_init(&barrier, NULL, 2) == 0);
    CHECK(pthread_create(&thread, NULL, take_after, &second) == 0);
    pthread_barrier_wait(&barrier);
    CHECK(setrlimit(RLIMIT_DATA, &limit) == 0);
    take_all(&first);
    for (size_t i = 0; first.blocks != NULL; i++) {
        void **block = first.blocks;
        first.blocks = *block;
        if (i % KEPT == 0)
            kept++; /* lost, for all that this test needs */
        else
            free(block);
    }
    pthread_barrier_wait(&barrier);
    CHECK(pthread_join(thread, NULL) == 0);
    dprintf(1, "%zu blocks, %zu kept, then %zu\n", first.count, kept, second.count);
    CHECK(first.count > 1000000);
    CHECK(second.count + kept > first.count - first.count / 100);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"apart", apart}, {"together", together}, {"reach", reach}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc == 2 && strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return 0;
        }
    dprintf(2, "ebb-shards: apart, together or reach\n");
    return 2;
}
