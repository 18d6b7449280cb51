/*
 * micro: loops that do little besides allocator calls. Each reports one line `case` of
 * the protocol: the number of pairs of malloc and free, and the CPU time that they took.
 *
 * The claim: an allocator's authors publish nanoseconds per pair, and rank themselves by
 * them. Refuted as a guide to whole programs if the ranking here differs from that of
 * `bundle`'s times. So micro is a control, which totals leave out.
 *
 * Only a thread's own CPU time inside the loop counts: no filling of tables, no waiting
 * for another thread. Each loop runs a second time with a stand-in for the allocator; the
 * line reports that time as `loop`, so that it can be subtracted. A pair also touches its
 * block, as programs do: the first byte, and in blocks over 4 KiB one byte of each page.
 * Nothing stays alive.
 */
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "block.h"
#include "memory.h"
#include "rng.h"
#include "say.h"
#include "workload.h"

enum {
    RING_MAX = 256 << 10,
    BULK = 100000,
    BATCH = 1024,       /* blocks that one thread hands to the other at once */
    STAND_IN = 2 << 20, /* bytes; more than the largest block, wherever it begins */
};

enum { CASE, PART };

static struct option options[] = {
    [CASE] = {"case", 0, 0, 12, "only this case, by its number in the list; 0: all"},
    [PART] = {"part", 0, 0, 2,
              "0: loops with and without the allocator; 1: only with; 2: only without"},
    {0},
};

static void **table;
static unsigned char *stand_in;
static uint32_t *bulk_order; /* the order in which bulk-random frees */

/* What a case counts. The thread that frees in case_cross_thread() has one of its own. */
struct count {
    bool calling; /* true: calls the allocator; false: uses the stand-in */
    uint64_t pairs, checksum, cpu_ns, since_ns, next;
    struct rng rng;
};

static uint64_t cpu_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void clock_on(struct count *c) {
    c->since_ns = cpu_now();
}

static void clock_off(struct count *c) {
    c->cpu_ns += cpu_now() - c->since_ns;
}

/* ---- parts of the loops ---- */

/* About the sizes of a bundler's small objects. `draw` is a random number. */
static size_t small_size(uint64_t draw) {
    static const uint16_t sizes[16] = {16, 16, 32, 32, 48,  48,  48,  64,
                                       64, 64, 96, 96, 160, 192, 288, 1408};
    return sizes[draw >> 60];
}

static void *next_stand_in(struct count *c) {
    return stand_in + (c->next++ & 63) * 64;
}

static void *touched(unsigned char *block, size_t size) {
    if (!block)
        say_fail("the allocator returned NULL for %zu bytes", size);
    for (size_t at = 4096; at < size; at += 4096)
        block[at] = 1;
    block[0] = (unsigned char)size;
    return block;
}

static void *take(struct count *c, size_t size) {
    return touched(c->calling ? malloc(size) : next_stand_in(c), size);
}

static void drop(struct count *c, void *block) {
    c->checksum += *(unsigned char *)block;
    if (c->calling)
        free(block);
}

static void drop_table(struct count *c, size_t slots) {
    for (size_t i = 0; i < slots; i++)
        drop(c, table[i]);
}

static const struct run *running;
static size_t listed; /* entries of the table that visit() shows to the census */

static uint64_t seed_now(void) {
    return running->seed + running->build;
}

/* The table has no sizes. So they are drawn again, as when ring() filled it. */
static void visit(block_visitor *visitor, void *context) {
    struct rng rng;
    rng_seed(&rng, seed_now());
    for (size_t i = 0; i < listed; i++)
        visitor(context, table[i], small_size(rng_next(&rng)), 0);
}

static void add_held(void *context, const void *block, size_t size, uint32_t stamp) {
    (void)context, (void)block, (void)stamp;
    heap_own->held += (int64_t)size;
}

/* Call it when the largest ring has just been filled: live bytes are highest then. */
static void show_peak(void) {
    int64_t held = heap_own->held;
    listed = RING_MAX;
    visit(add_held, NULL);
    run_peak(running);
    listed = 0;
    heap_own->held = held;
}

/* ---- the cases: each makes about `pairs` pairs while the clock is on ----
 *
 * scripts/instructions.sh finds their counts by the names of the functions: case_* and
 * free_batches. */

/* Each pair replaces the block of a random slot, so live objects have all ages. `slots`
 * is a power of two. */
static void ring(struct count *c, size_t slots, uint64_t pairs) {
    for (size_t i = 0; i < slots; i++)
        table[i] = take(c, small_size(rng_next(&c->rng)));
    if (c->calling && slots == RING_MAX)
        show_peak();
    clock_on(c);
    for (uint64_t i = 0; i < pairs; i++) {
        uint64_t draw = rng_next(&c->rng);
        void **slot = &table[draw & (slots - 1)];
        drop(c, *slot);
        *slot = take(c, small_size(draw));
    }
    clock_off(c);
    c->pairs += pairs;
    drop_table(c, slots);
}

static void case_ring_64(struct count *c, uint64_t pairs) {
    ring(c, 64, pairs);
}

static void case_ring_4k(struct count *c, uint64_t pairs) {
    ring(c, 4096, pairs);
}

static void case_ring_256k(struct count *c, uint64_t pairs) {
    ring(c, RING_MAX, pairs);
}

enum order { FIFO, LIFO, RANDOM };

/* Allocates many blocks, then frees all. The clock is off in the first round. */
static void bulk(struct count *c, enum order order, uint64_t pairs) {
    for (uint64_t round = 0; round <= 1 || round * BULK <= pairs; round++) {
        if (round == 1)
            clock_on(c);
        for (size_t i = 0; i < BULK; i++)
            table[i] = take(c, small_size(rng_next(&c->rng)));
        for (size_t i = 0; i < BULK; i++)
            drop(c, table[order == FIFO   ? i
                          : order == LIFO ? BULK - 1 - i
                                          : bulk_order[i]]);
        c->pairs += round ? BULK : 0;
    }
    clock_off(c);
}

static void case_bulk_fifo(struct count *c, uint64_t pairs) {
    bulk(c, FIFO, pairs);
}

static void case_bulk_lifo(struct count *c, uint64_t pairs) {
    bulk(c, LIFO, pairs);
}

static void case_bulk_random(struct count *c, uint64_t pairs) {
    bulk(c, RANDOM, pairs);
}

/*
 * One thread allocates a batch while another frees the batch before. Waiting does not
 * count. Each thread owns one half of the table. A semaphore hands a half over: the post
 * publishes it to the thread that waits.
 */
struct handover {
    struct count count; /* of the thread that frees */
    uint64_t batches;
    sem_t empty, full;
};

static void **half(uint64_t batch) {
    return table + batch % 2 * BATCH;
}

static void *free_batches(void *argument) {
    struct handover *h = argument;
    for (uint64_t batch = 0; batch < h->batches; batch++) {
        sem_wait(&h->full);
        clock_on(&h->count);
        for (size_t i = 0; i < BATCH; i++)
            drop(&h->count, half(batch)[i]);
        clock_off(&h->count);
        sem_post(&h->empty);
    }
    return NULL;
}

static void case_cross_thread(struct count *c, uint64_t pairs) {
    struct handover h = {.count.calling = c->calling,
                         .batches = (pairs + BATCH - 1) / BATCH};
    pthread_t thread;
    sem_init(&h.empty, 0, 2);
    sem_init(&h.full, 0, 0);
    if (pthread_create(&thread, NULL, free_batches, &h) != 0)
        say_fail("cannot start a thread");
    for (uint64_t batch = 0; batch < h.batches; batch++) {
        sem_wait(&h.empty);
        clock_on(c);
        for (size_t i = 0; i < BATCH; i++)
            half(batch)[i] = take(c, small_size(rng_next(&c->rng)));
        clock_off(c);
        sem_post(&h.full);
    }
    pthread_join(thread, NULL);
    sem_destroy(&h.empty);
    sem_destroy(&h.full);
    c->pairs += h.batches * BATCH;
    c->checksum += h.count.checksum;
    c->cpu_ns += h.count.cpu_ns;
}

/* A buffer grows by a quarter at a time, up to a size from 1 to 256 KiB. A step counts as
 * a pair. */
static void case_realloc_growth(struct count *c, uint64_t pairs) {
    clock_on(c);
    for (unsigned round = 0; c->pairs < pairs; round++) {
        size_t size = 24, most = (size_t)1 << (10 + round % 9);
        unsigned char *block = take(c, size);
        for (; size < most; c->pairs++) {
            size_t from = size;
            size += size / 4 + 8;
            block = c->calling ? realloc(block, size) : next_stand_in(c);
            if (!block)
                say_fail("the allocator returned NULL for %zu bytes", size);
            for (size_t at = from | 4095; at < size; at += 4096)
                block[at] = 1;
        }
        drop(c, touched(block, size));
    }
    clock_off(c);
}

/* Checks that the last byte is zero. One block in 16 is eight times as large. */
static void case_calloc(struct count *c, uint64_t pairs) {
    enum { SLOTS = 1024 };
    for (size_t i = 0; i < SLOTS; i++)
        table[i] = take(c, 16);
    clock_on(c);
    for (uint64_t i = 0; i < pairs; i++) {
        uint64_t draw = rng_next(&c->rng);
        void **slot = &table[draw & (SLOTS - 1)];
        size_t size = small_size(draw) * (i % 16 == 0 ? 8 : 1);
        drop(c, *slot);
        unsigned char *block = c->calling ? calloc(1, size) : next_stand_in(c);
        if (c->calling && (!block || block[size - 1] != 0))
            say_fail("calloc returned NULL, or %zu bytes that are not zero", size);
        block[c->calling ? size - 1 : 0] = 1;
        *slot = touched(block, size);
    }
    clock_off(c);
    c->pairs += pairs;
    drop_table(c, SLOTS);
}

/* Like ring(), with sizes from `least` to `most`, and aligned if `alignment` is not 0. */
static void sized(struct count *c, size_t alignment, size_t least, size_t most,
                  uint64_t pairs) {
    enum { SLOTS = 32 };
    for (size_t i = 0; i < SLOTS; i++)
        table[i] = take(c, least);
    clock_on(c);
    for (uint64_t i = 0; i < pairs; i++) {
        uint64_t draw = rng_next(&c->rng);
        void **slot = &table[draw & (SLOTS - 1)];
        size_t size = least + (draw >> 32) % (most - least + 1);
        drop(c, *slot);
        *slot = alignment && c->calling ? touched(memalign(alignment, size), size)
                                        : take(c, size);
    }
    clock_off(c);
    c->pairs += pairs;
    drop_table(c, SLOTS);
}

/* An alignment and two ranges of sizes that the recorded bundler uses. */
static void case_aligned_128(struct count *c, uint64_t pairs) {
    sized(c, 128, 256, 4480, pairs);
}

static void case_medium_1k_32k(struct count *c, uint64_t pairs) {
    sized(c, 0, 1024, 32 << 10, pairs);
}

static void case_large_64k_1m(struct count *c, uint64_t pairs) {
    sized(c, 0, 64 << 10, 1 << 20, pairs);
}

static const struct micro_case {
    const char *name;
    double pairs; /* at scale 1 */
    void (*run)(struct count *, uint64_t pairs);
} cases[] = {
    {"ring-64", 1000000, case_ring_64},
    {"ring-4k", 1000000, case_ring_4k},
    {"ring-256k", 1000000, case_ring_256k},
    {"bulk-fifo", 4 * BULK, case_bulk_fifo},
    {"bulk-lifo", 4 * BULK, case_bulk_lifo},
    {"bulk-random", 4 * BULK, case_bulk_random},
    {"cross-thread", 400000, case_cross_thread},
    {"realloc-growth", 30000, case_realloc_growth},
    {"calloc", 400000, case_calloc},
    {"aligned-128", 200000, case_aligned_128},
    {"medium-1k-32k", 200000, case_medium_1k_32k},
    {"large-64k-1m", 4000, case_large_64k_1m},
};

enum { CASES = sizeof cases / sizeof cases[0] };

/* ---- the workload ---- */

static void setup(const struct run *run) {
    running = run;
    table = memory_map(RING_MAX * sizeof *table);
    stand_in = memory_map(STAND_IN);
    bulk_order = memory_map(BULK * sizeof *bulk_order);
    struct rng rng;
    rng_seed(&rng, run->seed);
    for (uint32_t i = 0; i < BULK; i++) {
        uint32_t other = (uint32_t)rng_below(&rng, i + 1);
        bulk_order[i] = bulk_order[other];
        bulk_order[other] = i;
    }
}

static struct count run_case(const struct micro_case *it, bool calling) {
    struct count count = {.calling = calling};
    uint64_t pairs = (uint64_t)(it->pairs * running->scale + 0.5);
    rng_seed(&count.rng, seed_now());
    it->run(&count, pairs ? pairs : 1);
    return count;
}

static void build(const struct run *run) {
    (void)run;
    for (int i = 0; i < CASES; i++) {
        struct count with = {0}, without = {0};
        if (options[CASE].value != 0 && (int)options[CASE].value != i + 1)
            continue;
        if (options[PART].value != 2)
            with = run_case(&cases[i], true);
        if (options[PART].value != 1)
            without = run_case(&cases[i], false);
        heap_own->calls += 2 * with.pairs;
        heap_own->checksum += with.checksum;
        say("case name=%s pairs=%llu cpu=%llu loop=%llu", cases[i].name,
            (unsigned long long)(with.pairs ? with.pairs : without.pairs),
            (unsigned long long)with.cpu_ns, (unsigned long long)without.cpu_ns);
    }
}

const struct workload wl_micro = {
    .name = "micro",
    .builds = 1,
    .is_bare = 1,
    .options = options,
    .setup = setup,
    .build = build,
    .visit = visit,
};
