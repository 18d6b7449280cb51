/* Stress, after the ideas of the programs that allocators are known to be tested with,
 * written anew and small. Every block carries its size and is filled from it; whoever
 * frees a block checks all of it first.
 *
 * usage: stress CASE [ITERATIONS]     stress all [ITERATIONS]
 *
 * ITERATIONS scales each case; 1 takes a fraction of a second. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "ebb.h"

#ifdef EBB_DEBUG
bool ebb_heap_is_valid(void);
#endif

enum { THREADS = 4 };

static unsigned iterations = 1;

/* ---- blocks ------------------------------------------------------------------------ */

struct block {
    size_t size; /* all of it, this header included */
    unsigned char fill[];
};

static unsigned char pattern_of(const struct block *block) {
    return (unsigned char)((uintptr_t)block >> 4 ^ block->size);
}

/* Blocks above 64 KiB are filled and checked in steps. */
static size_t step_of(size_t size) {
    return size > 65536 ? 1021 : 1;
}

static void *filled(void *memory, size_t size) {
    struct block *block = memory;
    CHECK(block != NULL);
    block->size = size;
    for (size_t i = 0; i < size - sizeof *block; i += step_of(size))
        block->fill[i] = pattern_of(block);
    return block;
}

static struct block *make(size_t size) {
    size = size < sizeof(struct block) ? sizeof(struct block) : size;
    return filled(T(malloc)(size), size);
}

static void check(const struct block *block) {
    for (size_t i = 0; i < block->size - sizeof *block; i += step_of(block->size))
        CHECK(block->fill[i] == pattern_of(block));
}

static void drop(struct block *block) {
    if (block == NULL)
        return;
    check(block);
    block->size = 0;
    T(free)(block);
}

static size_t size_between(uint64_t *state, size_t low, size_t high) {
    return low + next_random(state) % (high - low);
}

/* Mostly small, now and then large, rarely huge. */
static size_t mixed_size(uint64_t *state) {
    unsigned kind = next_random(state) % 1000;
    return kind < 900   ? size_between(state, 8, 512)
           : kind < 990 ? size_between(state, 512, 20000)
           : kind < 999 ? size_between(state, 20000, 200000)
                        : size_between(state, 200000, 3000000);
}

static void check_heap(void) {
#ifdef EBB_DEBUG
    CHECK(ebb_heap_is_valid());
#endif
}

/* ---- threads ----------------------------------------------------------------------- */

struct job {
    pthread_t thread;
    unsigned number;
    uint64_t state;
};

static void run_together(void *(*function)(void *), unsigned count) {
    struct job jobs[2 * THREADS];
    CHECK(count <= 2 * THREADS);
    for (unsigned i = 0; i < count; i++) {
        jobs[i].number = i;
        jobs[i].state = (i + 1) * 0x9e3779b97f4a7c15ull;
        CHECK(pthread_create(&jobs[i].thread, NULL, function, &jobs[i]) == 0);
    }
    for (unsigned i = 0; i < count; i++)
        CHECK(pthread_join(jobs[i].thread, NULL) == 0);
    check_heap(); /* with live blocks, and before a collection tidies up */
}

/* ---- larson: a server whose threads end and hand their blocks to their successors ---
 */

enum { LARSON_BLOCKS = 1000, LARSON_GENERATIONS = 12 };

static struct block *larson_blocks[THREADS][LARSON_BLOCKS];

static void *larson_worker(void *argument) {
    struct job *job = argument;
    for (unsigned i = 0; i < 4000; i++) {
        struct block **slot =
            &larson_blocks[job->number][next_random(&job->state) % LARSON_BLOCKS];
        drop(*slot);
        *slot = make(size_between(&job->state, 8, 1000));
    }
    return NULL;
}

static void larson(void) {
    for (unsigned i = 0; i < LARSON_GENERATIONS * iterations; i++)
        run_together(larson_worker, THREADS);
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < LARSON_BLOCKS; j++) {
            drop(larson_blocks[i][j]);
            larson_blocks[i][j] = NULL;
        }
}

/* ---- mstress: own blocks, and a table where everybody swaps with everybody -----------
 */

enum { TABLE = 1000 };

static _Atomic(struct block *) table[TABLE];

static void *mstress_worker(void *argument) {
    struct job *job = argument;
    enum { OWN = 200 };
    struct block *own[OWN] = {NULL};
    for (unsigned i = 0; i < 20000 * iterations; i++) {
        struct block **slot = &own[next_random(&job->state) % OWN];
        if (next_random(&job->state) % 4 == 0)
            *slot = atomic_exchange(&table[next_random(&job->state) % TABLE], *slot);
        drop(*slot);
        *slot = make(mixed_size(&job->state));
    }
    for (int i = 0; i < OWN; i++)
        drop(own[i]);
    return NULL;
}

static void mstress(void) {
    run_together(mstress_worker, THREADS);
    for (int i = 0; i < TABLE; i++)
        drop(atomic_exchange(&table[i], NULL));
}

/* ---- cache-thrash, cache-scratch: small blocks written over and over; in the second
 * case the first ones come from one thread, so that neighbours are in different hands
 * ----------- */

static struct block *scratch_first[THREADS];

static void *thrash_worker(void *argument) {
    struct job *job = argument;
    drop(scratch_first[job->number]);
    scratch_first[job->number] = NULL;
    for (unsigned i = 0; i < 2000 * iterations; i++) {
        struct block *block = make(sizeof *block + 8 + job->number);
        for (int round = 0; round < 50; round++) {
            memset(block->fill, round, 8);
            CHECK(block->fill[7] == round);
        }
        drop(filled(block, block->size));
    }
    return NULL;
}

static void cache_thrash(void) {
    run_together(thrash_worker, THREADS);
}

static void cache_scratch(void) {
    for (int i = 0; i < THREADS; i++)
        scratch_first[i] = make(sizeof(struct block) + 8);
    run_together(thrash_worker, THREADS);
}

/* ---- xmalloc: some threads only allocate, others only free, in batches ----------------
 */

enum { BATCH = 256 };

struct batch {
    struct batch *next;
    struct block *blocks[BATCH];
};

static pthread_mutex_t batches_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t batches_changed = PTHREAD_COND_INITIALIZER;
static struct batch *batches;
static unsigned batches_made, batches_taken;

static void *xmalloc_producer(struct job *job) {
    for (unsigned i = 0; i < 120 * iterations; i++) {
        struct batch *batch = T(calloc)(1, sizeof *batch);
        CHECK(batch != NULL);
        for (int j = 0; j < BATCH; j++) {
            CHECK(batch->blocks[j] == NULL);
            batch->blocks[j] = make(size_between(&job->state, 16, 400));
        }
        pthread_mutex_lock(&batches_lock);
        while (batches_made - batches_taken > 50)
            pthread_cond_wait(&batches_changed, &batches_lock);
        batch->next = batches;
        batches = batch;
        batches_made++;
        pthread_cond_broadcast(&batches_changed);
        pthread_mutex_unlock(&batches_lock);
    }
    return NULL;
}

static void *xmalloc_consumer(unsigned total) {
    for (;;) {
        pthread_mutex_lock(&batches_lock);
        while (batches == NULL && batches_taken < total)
            pthread_cond_wait(&batches_changed, &batches_lock);
        struct batch *batch = batches;
        if (batch != NULL) {
            batches = batch->next;
            batches_taken++;
        }
        pthread_cond_broadcast(&batches_changed);
        pthread_mutex_unlock(&batches_lock);
        if (batch == NULL)
            return NULL;
        for (int j = 0; j < BATCH; j++)
            drop(batch->blocks[j]);
        T(free)(batch);
    }
}

/* One producer for every three consumers, and then the other way round. */
static unsigned xmalloc_producers;

static void *xmalloc_worker(void *argument) {
    struct job *job = argument;
    if (job->number < xmalloc_producers)
        return xmalloc_producer(job);
    return xmalloc_consumer(xmalloc_producers * 120 * iterations);
}

static void xmalloc(void) {
    for (xmalloc_producers = 1; xmalloc_producers < THREADS; xmalloc_producers += 2) {
        batches_made = batches_taken = 0;
        run_together(xmalloc_worker, THREADS);
        CHECK(batches == NULL && batches_taken == batches_made);
    }
}

/* ---- sh6bench: runs of equal sizes, freed partly in order and partly in reverse ------
 */

static void *sh6_worker(void *argument) {
    struct job *job = argument;
    enum { RUN = 1500 };
    static const size_t sizes[] = {8, 24, 40, 100, 250, 700, 2000};
    struct block **run = T(malloc)(RUN * sizeof *run);
    CHECK(run != NULL);
    for (unsigned i = 0; i < 2 * iterations; i++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            for (int j = 0; j < RUN; j++)
                run[j] = make(sizes[s] + (job->number + (unsigned)j) % 8);
            for (int j = 0; j < RUN; j += 3) /* holes in order */
                drop(run[j]);
            for (int j = RUN - 1; j >= 0; j--) /* the rest in reverse */
                if (j % 3 != 0)
                    drop(run[j]);
        }
    T(free)(run);
    return NULL;
}

static void sh6bench(void) {
    run_together(sh6_worker, 1);
}

static void sh8bench(void) {
    run_together(sh6_worker, 2 * THREADS);
}

/* ---- rptest: sizes from a steep distribution, some freed by the next thread ----------
 */

static void *rptest_worker(void *argument) {
    struct job *job = argument;
    enum { HELD = 500 };
    struct block *held[HELD] = {NULL};
    for (unsigned i = 0; i < 5000 * iterations; i++) {
        unsigned shift = next_random(&job->state) % 13; /* each power as likely */
        size_t size = 16 + next_random(&job->state) % ((size_t)16 << shift);
        struct block **slot = &held[i % HELD];
        unsigned place = job->number * (TABLE / THREADS) + i % (TABLE / THREADS);
        struct block *old = *slot;
        if (i % 5 == 0) /* the next thread frees it */
            old = atomic_exchange(&table[(place + TABLE / THREADS) % TABLE], old);
        drop(old);
        *slot = make(size);
    }
    for (int i = 0; i < HELD; i++)
        drop(held[i]);
    return NULL;
}

static void rptest(void) {
    run_together(rptest_worker, THREADS);
    for (int i = 0; i < TABLE; i++)
        drop(atomic_exchange(&table[i], NULL));
}

/* ---- glibc-thread: threads of very unequal lengths come and go -----------------------
 */

static void *glibc_worker(void *argument) {
    struct job *job = argument;
    struct block *held[64] = {NULL};
    for (unsigned i = 0; i < 100 + job->number * 300; i++) {
        struct block **slot = &held[next_random(&job->state) % 64];
        drop(*slot);
        *slot = make(size_between(&job->state, 8, 4000));
    }
    for (int i = 0; i < 64; i++)
        drop(held[i]);
    return NULL;
}

static void glibc_thread(void) {
    for (unsigned i = 0; i < 6 * iterations; i++)
        run_together(glibc_worker, 2 * THREADS);
}

/* ---- malloc-large: a few large blocks, replaced at random ----------------------------
 */

static void malloc_large(void) {
    enum { LARGE = 12 };
    struct block *held[LARGE] = {NULL};
    uint64_t state = 77;
    for (unsigned i = 0; i < 20 * iterations; i++) {
        struct block **slot = &held[next_random(&state) % LARGE];
        drop(*slot);
        *slot = make(size_between(&state, 5u << 20, 40u << 20));
    }
    for (int i = 0; i < LARGE; i++)
        drop(held[i]);
}

/* ---- alloc-test: a large random population in one thread, resized too ----------------
 */

static void alloc_test(void) {
    enum { POPULATION = 1 << 14 };
    struct block **all = T(calloc)(POPULATION, sizeof *all);
    CHECK(all != NULL);
    uint64_t state = 4711;
    for (unsigned i = 0; i < 100000 * iterations; i++) {
        struct block **slot = &all[next_random(&state) % POPULATION];
        if (*slot != NULL && i % 7 == 0) {
            size_t size = size_between(&state, sizeof **slot, 3000);
            size_t kept = size < (*slot)->size ? size : (*slot)->size;
            unsigned char value = pattern_of(*slot);
            check(*slot);
            struct block *moved = T(realloc)(*slot, size);
            CHECK(moved != NULL);
            for (size_t j = 0; j < kept - sizeof *moved; j++)
                CHECK(moved->fill[j] == value);
            *slot = filled(moved, size);
            continue;
        }
        drop(*slot);
        *slot = i % 3 == 0 ? NULL : make(size_between(&state, 8, 2000));
    }
    for (int i = 0; i < POPULATION; i++)
        drop(all[i]);
    T(free)(all);
}

/* ------------------------------------------------------------------------------------ */

static const struct stress {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"larson", larson},
    {"mstress", mstress},
    {"cache-thrash", cache_thrash},
    {"cache-scratch", cache_scratch},
    {"xmalloc", xmalloc},
    {"sh6bench", sh6bench},
    {"sh8bench", sh8bench},
    {"rptest", rptest},
    {"glibc-thread", glibc_thread},
    {"malloc-large", malloc_large},
    {"alloc-test", alloc_test},
};

int main(int argc, char **argv) {
    CHECK(argc > 1);
    iterations = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
    unsigned ran = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(argv[1], "all") != 0 && strcmp(argv[1], cases[i].name) != 0)
            continue;
        dprintf(1, "%s\n", cases[i].name);
        cases[i].run();
        ebb_collect();
        check_heap();
        ran++;
    }
    CHECK(ran > 0); /* no such case */
    return 0;
}
