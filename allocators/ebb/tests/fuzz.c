/* Random operations from several threads against a shadow of the heap.
 *
 * usage: fuzz [SECONDS [THREADS [SEED]]]
 *
 * A bit per 16 bytes of address space says whether a block covers it: an overlap is seen
 * when it is made. Each block is filled from its own seed and verified before it is
 * freed or resized, so a discard of live memory is seen too. Slots are exchanged through
 * a shared table, so most blocks die on another thread than they were born on. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "check.h"
#include "ebb.h"

#ifdef EBB_DEBUG
bool ebb_heap_is_valid(void);
#endif

enum { CHUNKS = 1 << 16, SLOTS = 4096, THREADS_MAX = 64 };

/* ---- shadow ------------------------------------------------------------------------ */

struct chunk {
    _Atomic uint64_t key; /* address / 64 KiB; 0: unused. Set once. */
    _Atomic uint64_t bits[64];
};
static struct chunk *chunks;

static struct chunk *chunk_of(uintptr_t address) {
    uint64_t key = address >> 16;
    size_t i = key * 0x9e3779b97f4a7c15ull >> 48;
    for (;; i++) {
        struct chunk *chunk = &chunks[i % CHUNKS];
        uint64_t seen = 0;
        if (atomic_load(&chunk->key) == key ||
            atomic_compare_exchange_strong(&chunk->key, &seen, key) || seen == key)
            return chunk;
    }
}

/* Flips the bits of [block, block + size), which must all have been the other way. */
static void shadow_set(const void *block, size_t size, bool used) {
    uintptr_t at = (uintptr_t)block, end = at + (size + 15) / 16 * 16;
    while (at < end) {
        uintptr_t word_end = (at | 1023) + 1;
        unsigned from = at % 1024 / 16,
                 count = (unsigned)((word_end < end ? word_end : end) - at) / 16;
        uint64_t mask = (count == 64 ? ~0ull : (1ull << count) - 1) << from;
        _Atomic uint64_t *word = &chunk_of(at)->bits[at % 65536 / 1024];
        uint64_t old = used ? atomic_fetch_or(word, mask) : atomic_fetch_and(word, ~mask);
        CHECK((old & mask) == (used ? 0 : mask)); /* blocks overlap */
        at = word_end;
    }
}

/* ---- blocks ------------------------------------------------------------------------ */

struct block {
    unsigned char *data;
    size_t size, covered;
    uint64_t seed;
};

static struct block shared[SLOTS];
static atomic_flag shared_busy[SLOTS];

/* Large blocks: a page's worth at either end and one byte per page between. */
static size_t step_at(const struct block *block, size_t i) {
    return block->size <= 16384 || i < 4096 || i + 4096 >= block->size ? 1 : 509;
}

static void fill(struct block *block, uint64_t seed) {
    block->seed = seed;
    for (size_t i = 0; i < block->size; i += step_at(block, i))
        block->data[i] = (unsigned char)(seed + i * 131 + (i >> 8));
}

static void verify(const struct block *block, size_t upto) {
    for (size_t i = 0; i < upto; i += step_at(block, i))
        CHECK(block->data[i] == (unsigned char)(block->seed + i * 131 + (i >> 8)));
}

static void adopt(struct block *block, void *data, size_t size, uint64_t seed) {
    CHECK(data != NULL && (uintptr_t)data % 16 == 0);
    block->data = data;
    block->size = size;
    block->covered = T(malloc_usable_size)(data);
    CHECK(block->covered >= size);
    shadow_set(data, block->covered, true);
    fill(block, seed);
}

static void release(struct block *block) {
    verify(block, block->size);
    shadow_set(block->data, block->covered, false);
    T(free)(block->data);
    block->data = NULL;
}

static size_t random_size(uint64_t *state) {
    uint64_t r = next_random(state);
    unsigned kind = r % 1000;
    r >>= 10;
    if (kind < 700)
        return r % 256;
    if (kind < 950)
        return r % 4096;
    if (kind < 990)
        return r % 40000;
    return kind < 998 ? r % 400000 : r % (6 << 20);
}

static void allocate(struct block *block, uint64_t *state) {
    size_t size = random_size(state);
    uint64_t seed = next_random(state);
    switch (seed % 8) {
    case 0: {
        unsigned char *data = T(calloc)(1, size);
        CHECK(data != NULL);
        for (size_t i = 0; i < size; i++)
            CHECK(data[i] == 0);
        adopt(block, data, size, seed);
        break;
    }
    case 1: {
        size_t align = (size_t)16 << (seed >> 8) % 14;
        void *data = T(aligned_alloc)(align, size);
        CHECK((uintptr_t)data % align == 0);
        adopt(block, data, size, seed);
        break;
    }
    default:
        adopt(block, T(malloc)(size), size, seed);
    }
}

static void resize(struct block *block, uint64_t *state) {
    size_t size = random_size(state) + 1;
    size_t kept = size < block->size ? size : block->size;
    verify(block, block->size);
    struct block old = *block;
    /* Out of the shadow before the call: the old memory may be another's at once. */
    shadow_set(block->data, block->covered, false);
    unsigned char *data = T(realloc)(block->data, size);
    CHECK(data != NULL);
    old.data = data;
    for (size_t i = 0; i < kept && i < 4096; i++) /* where both steps are 1 */
        CHECK(data[i] == (unsigned char)(old.seed + i * 131 + (i >> 8)));
    adopt(block, data, size, next_random(state));
}

/* ---- threads ----------------------------------------------------------------------- */

static double deadline;
static _Atomic uint64_t operations;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void one_operation(uint64_t *state) {
    size_t i = next_random(state) % SLOTS;
    if (atomic_flag_test_and_set(&shared_busy[i]))
        return;
    struct block *block = &shared[i];
    unsigned choice = next_random(state) % 16;
    if (block->data == NULL)
        allocate(block, state);
    else if (choice < 2)
        resize(block, state);
    else
        release(block);
    atomic_flag_clear(&shared_busy[i]);
}

static void *worker(void *argument) {
    uint64_t state = (uint64_t)(uintptr_t)argument, count = 0;
    while (now() < deadline)
        for (int i = 0; i < 256; i++, count++)
            one_operation(&state);
    atomic_fetch_add(&operations, count);
    return NULL;
}

static void run_threads(unsigned threads, uint64_t seed) {
    pthread_t ids[THREADS_MAX];
    seed |= 1;
    for (unsigned i = 0; i < threads; i++) {
        uint64_t own = (seed + i) * 0x9e3779b97f4a7c15ull | 1;
        CHECK(pthread_create(&ids[i], NULL, worker, (void *)(uintptr_t)own) == 0);
    }
    /* Collecting while everybody allocates: caches taken over, holes discarded. */
    while (now() < deadline) {
        usleep((unsigned)(next_random(&seed) % 5000));
        ebb_collect();
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
}

int main(int argc, char **argv) {
    double seconds = argc > 1 ? atof(argv[1]) : 5;
    unsigned threads = argc > 2 ? (unsigned)atoi(argv[2]) : 4;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : (uint64_t)time(NULL);
    CHECK(threads > 0 && threads <= THREADS_MAX);
    chunks = mmap(NULL, CHUNKS * sizeof *chunks, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(chunks != MAP_FAILED);
    dprintf(1, "seed %llu\n", (unsigned long long)seed); /* before anything can fail */
    double end = now() + seconds;
    /* Threads come and go: eight generations share the time. */
    for (int generation = 8; generation > 0; generation--) {
        double left = end - now();
        deadline = now() + (left > 0 ? left / generation : 0);
        run_threads(threads, seed + 1000 * (uint64_t)generation);
#ifdef EBB_DEBUG
        CHECK(ebb_heap_is_valid());
#endif
    }
    for (size_t i = 0; i < SLOTS; i++)
        if (shared[i].data != NULL)
            release(&shared[i]);
    CHECK(operations > 1000);
    dprintf(1, "%llu operations\n", (unsigned long long)operations);
    return 0;
}
