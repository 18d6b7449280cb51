/* Micro loops: nanoseconds of CPU time per malloc/free pair, of whatever malloc the
 * process runs on (LD_PRELOAD).
 *
 * usage: micro [LOOP [SCALE]]     without LOOP: all, one line each
 *
 * Each loop returns a checksum of what it read back from its blocks, printed beside the
 * time and the page faults, so that a loop that did nothing shows. Tables come from
 * mmap: the loop's own memory is not the allocator's. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

static uint64_t random_state = 88172645463325252ull;

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void *table(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

/* The sizes of a bundler's small objects, roughly. */
static size_t small_size(void) {
    static const uint16_t sizes[16] = {16, 16, 32, 32, 48,  48,  48,  64,
                                       64, 64, 96, 96, 160, 192, 288, 1408};
    return sizes[next_random() % 16];
}

static void *touched(size_t size) {
    unsigned char *block = malloc(size);
    if (block == NULL)
        abort();
    block[0] = (unsigned char)size;
    return block;
}

static uint64_t drop(void *block) {
    uint64_t value = *(unsigned char *)block;
    free(block);
    return value;
}

struct result {
    uint64_t pairs, checksum;
};

static struct result ring(size_t slots, uint64_t pairs) {
    void **blocks = table(slots * sizeof *blocks);
    struct result result = {pairs, 0};
    for (uint64_t i = 0; i < pairs; i++) {
        size_t slot = next_random() % slots;
        if (blocks[slot] != NULL)
            result.checksum += drop(blocks[slot]);
        blocks[slot] = touched(small_size());
    }
    for (size_t i = 0; i < slots; i++)
        if (blocks[i] != NULL)
            result.checksum += drop(blocks[i]);
    return result;
}

static struct result ring_64(unsigned scale) {
    return ring(64, 4000000ull * scale);
}
static struct result ring_4k(unsigned scale) {
    return ring(4096, 4000000ull * scale);
}
static struct result ring_256k(unsigned scale) {
    return ring(262144, 2000000ull * scale);
}

enum order { FIFO, LIFO, RANDOM };

static struct result bulk(enum order order, unsigned scale) {
    enum { BLOCKS = 400000 };
    void **blocks = table(BLOCKS * sizeof *blocks);
    struct result result = {0, 0};
    for (unsigned round = 0; round < 4 * scale; round++, result.pairs += BLOCKS) {
        for (size_t i = 0; i < BLOCKS; i++)
            blocks[i] = touched(small_size());
        for (size_t i = BLOCKS - 1; order == RANDOM && i > 0; i--) {
            size_t other = next_random() % (i + 1);
            void *swap = blocks[i];
            blocks[i] = blocks[other];
            blocks[other] = swap;
        }
        for (size_t i = 0; i < BLOCKS; i++)
            result.checksum += drop(blocks[order == LIFO ? BLOCKS - 1 - i : i]);
    }
    munmap(blocks, BLOCKS * sizeof *blocks);
    return result;
}

static struct result bulk_fifo(unsigned scale) {
    return bulk(FIFO, scale);
}
static struct result bulk_lifo(unsigned scale) {
    return bulk(LIFO, scale);
}
static struct result bulk_random(unsigned scale) {
    return bulk(RANDOM, scale);
}

/* One thread allocates, the other frees. */
enum { QUEUE = 4096 };
static _Atomic(void *) queue[QUEUE];

static void *consumer(void *argument) {
    uint64_t pairs = *(uint64_t *)argument, checksum = 0;
    for (uint64_t i = 0; i < pairs; i++) {
        void *block;
        while ((block = atomic_exchange_explicit(&queue[i % QUEUE], NULL,
                                                 memory_order_acquire)) == NULL)
            sched_yield();
        checksum += drop(block);
    }
    *(uint64_t *)argument = checksum;
    return NULL;
}

static struct result cross_thread(unsigned scale) {
    uint64_t pairs = 2000000ull * scale, exchanged = pairs;
    pthread_t thread;
    if (pthread_create(&thread, NULL, consumer, &exchanged) != 0)
        abort();
    for (uint64_t i = 0; i < pairs; i++) {
        void *block = touched(small_size());
        while (atomic_load_explicit(&queue[i % QUEUE], memory_order_relaxed) != NULL)
            sched_yield();
        atomic_store_explicit(&queue[i % QUEUE], block, memory_order_release);
    }
    pthread_join(thread, NULL);
    return (struct result){pairs, exchanged};
}

static struct result realloc_growth(unsigned scale) {
    struct result result = {0, 0};
    for (unsigned round = 0; round < 60 * scale; round++) {
        size_t size = 24, most = (size_t)1 << (12 + round % 10);
        unsigned char *block = malloc(size);
        for (; size < most; result.pairs++) {
            memset(block + size / 2, (int)size, size - size / 2);
            size += size / 4 + 8;
            block = realloc(block, size);
        }
        result.checksum += block[12];
        free(block);
    }
    return result;
}

static struct result zeroed(unsigned scale) {
    enum { SLOTS = 1024 };
    unsigned char *blocks[SLOTS] = {NULL};
    struct result result = {1000000ull * scale, 0};
    for (uint64_t i = 0; i < result.pairs; i++) {
        size_t slot = next_random() % SLOTS, size = small_size() * (i % 16 == 0 ? 8 : 1);
        free(blocks[slot]);
        blocks[slot] = calloc(1, size);
        result.checksum += blocks[slot][size - 1] + size;
        blocks[slot][size - 1] = 1;
    }
    for (size_t i = 0; i < SLOTS; i++)
        free(blocks[i]);
    return result;
}

static struct result sized(size_t least, size_t most, uint64_t pairs) {
    enum { SLOTS = 32 };
    unsigned char *blocks[SLOTS] = {NULL};
    struct result result = {pairs, 0};
    for (uint64_t i = 0; i < pairs; i++) {
        size_t slot = next_random() % SLOTS;
        size_t size = least + next_random() % (most - least);
        if (blocks[slot] != NULL)
            result.checksum += drop(blocks[slot]);
        blocks[slot] = touched(size);
        for (size_t at = 0; at < size; at += 4096)
            blocks[slot][at] = (unsigned char)size;
    }
    for (size_t i = 0; i < SLOTS; i++)
        if (blocks[i] != NULL)
            result.checksum += drop(blocks[i]);
    return result;
}

static struct result medium(unsigned scale) {
    return sized(1024, 32768, 1000000ull * scale);
}
static struct result runs(unsigned scale) {
    return sized(32769, 1 << 20, 100000ull * scale);
}
static struct result huge(unsigned scale) {
    return sized(5 << 20, 25 << 20, 300ull * scale);
}

static const struct loop {
    const char *name;
    struct result (*run)(unsigned scale);
} loops[] = {
    {"ring-64", ring_64},
    {"ring-4k", ring_4k},
    {"ring-256k", ring_256k},
    {"bulk-fifo", bulk_fifo},
    {"bulk-lifo", bulk_lifo},
    {"bulk-random", bulk_random},
    {"cross-thread", cross_thread},
    {"realloc-growth", realloc_growth},
    {"calloc", zeroed},
    {"medium-1k-32k", medium},
    {"large-32k-1m", runs},
    {"huge-5m-25m", huge},
};

int main(int argc, char **argv) {
    unsigned scale = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
    int ran = 0;
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        if (argc > 1 && strcmp(argv[1], "all") != 0 &&
            strcmp(argv[1], loops[i].name) != 0)
            continue;
        struct timespec from, to;
        struct rusage before, after;
        getrusage(RUSAGE_SELF, &before);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        struct result result = loops[i].run(scale);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        getrusage(RUSAGE_SELF, &after);
        double ns =
            (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
        printf("%s %.2f ns/pair %ld faults checksum %llx\n", loops[i].name,
               ns / (double)result.pairs, after.ru_minflt - before.ru_minflt,
               (unsigned long long)result.checksum);
        fflush(stdout);
        ran++;
    }
    if (ran == 0)
        fprintf(stderr, "micro: no loop is called %s\n", argv[1]);
    return ran > 0 ? 0 : 2;
}
