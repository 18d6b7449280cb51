/*
 * handoff: producers allocate messages, consumers free them. Half of the workers (rounded
 * up) are producers, the others are consumers. In each round the consumers free the
 * messages of the last round, while the producers make the next ones. So a remote free
 * comes while the owner allocates. A single worker is both.
 *
 * The claim, from the literature on allocators (Berger et al., "Hoard", ASPLOS 2000): if
 * a freed block goes to the heap of the thread that frees it, a producer and a consumer
 * make memory grow without bound ("blowup"), although live bytes stay the same. Every
 * allocator here claims to be free of that. With --rounds its peak must not grow: if it
 * does, the claim is refuted. The time, compared with one worker's, shows what remote
 * frees cost.
 *
 * A real program hands on less: in the recorded bundler 27 % of the frees were remote
 * (--remote=27). The producer frees the rest in the next round.
 */
#include <stddef.h>

#include "block.h"
#include "bundle_shape.h"
#include "memory.h"
#include "rng.h"
#include "workload.h"

enum { MESSAGES = 10000 /* of a round */ };

enum { ROUNDS, REMOTE };

static struct option options[] = {
    [ROUNDS] = {"rounds", 60, 1, 10000, "rounds of a build"},
    [REMOTE] = {"remote", 100, 0, 100,
                "messages that a consumer frees, percent; recorded: 27"},
    {0},
};

static size_t messages;
static struct block *made, *taken; /* messages of this round; of the one before */
static struct block *kept;         /* messages that the consumers keep, by index */
static const struct run *running;
static unsigned producers, consumers, round_now;

static void setup(const struct run *run) {
    shape_setup();
    messages = (size_t)(MESSAGES * run->scale + 0.5);
    made = memory_map(messages * sizeof *made);
    taken = memory_map(messages * sizeof *taken);
    kept = memory_map(messages * sizeof *kept);
    producers = (run->threads + 1) / 2;
    consumers = run->threads > 1 ? run->threads - producers : 1;
}

/* The first message of part number `part` of `parts` equal parts. */
static size_t part_begin(unsigned part, unsigned parts) {
    return messages * part / parts;
}

static int is_handed_on(size_t index) {
    return (index * 37 + 11) % 100 < (size_t)options[REMOTE].value;
}

static void make_message(size_t i) {
    struct rng rng;
    rng_seed(&rng, running->seed ^ (uint64_t)running->build << 48 ^
                       (uint64_t)round_now << 32 ^ i);
    block_alloc(&made[i], shape_size(&rng, FATE_PHASE), (uint32_t)rng_next(&rng));
}

/* The producer frees the messages of its last round that no consumer frees. */
static void take_back(unsigned producer) {
    for (size_t i = part_begin(producer, producers);
         i < part_begin(producer + 1, producers); i++)
        if (!is_handed_on(i))
            block_free(&taken[i]);
}

static void produce(unsigned producer) {
    take_back(producer);
    for (size_t i = part_begin(producer, producers);
         i < part_begin(producer + 1, producers); i++)
        make_message(i);
}

static void consume(unsigned consumer) {
    for (size_t i = part_begin(consumer, consumers);
         i < part_begin(consumer + 1, consumers); i++)
        if (is_handed_on(i))
            block_free(&taken[i]);
}

/* The first workers are producers and call `of_producer`. The others consume. */
static void play_parts(unsigned worker, void (*of_producer)(unsigned)) {
    if (worker < producers)
        of_producer(worker);
    if (running->threads == 1)
        consume(0);
    else if (worker >= producers)
        consume(worker - producers);
}

static void make_and_take(void *context, unsigned worker) {
    (void)context;
    play_parts(worker, produce);
}

static void take_the_rest(void *context, unsigned worker) {
    (void)context;
    play_parts(worker, take_back);
}

/* The consumers keep a few messages of the last round until the end of the next build. */
static void keep_some(void) {
    for (size_t i = 0; i < messages; i++) {
        size_t share = (size_t)(running->survivors * 100);
        if (i * 7919 % 10000 >= share)
            continue;
        block_free(&kept[i]);
        kept[i] = taken[i];
        taken[i].memory = NULL;
    }
}

static void swap_rounds(void) {
    struct block *swapped = taken; /* empty now */
    taken = made;
    made = swapped;
}

static void build(const struct run *run) {
    running = run;
    for (round_now = 0; round_now < (unsigned)options[ROUNDS].value; round_now++) {
        pool_each_worker(run->pool, make_and_take, NULL);
        swap_rounds();
    }
    run_peak(run);
    keep_some();
    pool_each_worker(run->pool, take_the_rest, NULL);
}

static void visit(block_visitor *visitor, void *context) {
    block_visit_all(made, messages, visitor, context);
    block_visit_all(taken, messages, visitor, context);
    block_visit_all(kept, messages, visitor, context);
}

const struct workload wl_handoff = {
    .name = "handoff",
    .builds = 1,
    .survivors = 1,
    .options = options,
    .setup = setup,
    .build = build,
    .visit = visit,
};
