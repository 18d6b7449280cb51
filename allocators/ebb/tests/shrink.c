/* A realloc to a smaller size never fails, since the block at hand would do: with memory
 * used up to the last block of every size, blocks of every kind shrink and keep what they
 * hold. Runs itself again under each limit. */
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "child.h"

enum { EACH = 4 };

/* Small, medium, runs, and blocks that have a mapping of their own. */
static const size_t sizes[] = {64,    1000,   5000,    10000,   32768,
                               40000, 300000, 3 << 20, 6 << 20, 33 << 20};
enum { SIZES = sizeof sizes / sizeof *sizes };

static unsigned char *blocks[SIZES][EACH];
static size_t held[SIZES][EACH];

static void fill(unsigned char *block, size_t size, uint64_t seed) {
    for (size_t i = 0; i < size; i++)
        block[i] = (unsigned char)(next_random(&seed) >> 16);
}

static void check(const unsigned char *block, size_t size, uint64_t seed) {
    for (size_t i = 0; i < size; i++)
        CHECK(block[i] == (unsigned char)(next_random(&seed) >> 16));
}

static uint64_t seed_of(int k, int each) {
    return (uint64_t)(k * EACH + each + 1);
}

/* Down to the last block of each class; they stay the program's. */
static void exhaust(void) {
    for (size_t size = 4 << 20; size > 0; size = size * 7 / 8)
        while (malloc(size) != NULL)
            ;
    CHECK(malloc(1) == NULL && malloc(200) == NULL);
}

static void shrink_to(size_t size) {
    for (int k = 0; k < SIZES; k++)
        for (int each = 0; each < EACH; each++) {
            if (blocks[k][each] == NULL || size >= held[k][each])
                continue;
            unsigned char *block = realloc(blocks[k][each], size);
            if (block == NULL)
                dprintf(2, "realloc of %zu bytes, once %zu, to %zu: NULL\n",
                        held[k][each], sizes[k], size);
            CHECK(block != NULL);
            CHECK(malloc_usable_size(block) >= size);
            check(block, size, seed_of(k, each));
            blocks[k][each] = block;
            held[k][each] = size;
        }
}

static int under_limit(void) {
    for (int k = 0; k < SIZES; k++)
        for (int each = 0; each < EACH; each++) {
            blocks[k][each] = malloc(sizes[k]);
            if (blocks[k][each] == NULL && sizes[k] > 32 << 20)
                continue; /* the limit leaves no room for so many of these */
            CHECK(blocks[k][each] != NULL);
            held[k][each] = sizes[k];
            fill(blocks[k][each], sizes[k], seed_of(k, each));
        }
    CHECK(blocks[SIZES - 1][0] != NULL);
    /* Whatever a shrinking frees is used up again before the next. */
    for (size_t size = 32 << 20; size > 0; size = size * 5 / 9) {
        exhaust();
        shrink_to(size);
    }
    for (int k = 0; k < SIZES; k++)
        for (int each = 0; each < EACH; each++)
            free(blocks[k][each]);
    CHECK(malloc(1000) != NULL);
    return 0;
}

static void run_under(const char *program, int resource, size_t bytes) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {bytes, bytes};
        CHECK(setrlimit(resource, &limit) == 0);
        execl(program, program, "limited", (char *)NULL);
        _exit(3);
    }
    wait_for(child);
}

int main(int argc, char **argv) {
    limit_time(100);
    if (argc > 1)
        return under_limit();
    run_under(argv[0], RLIMIT_DATA, 200u << 20);
    run_under(argv[0], RLIMIT_AS, 300u << 20);
    return 0;
}
