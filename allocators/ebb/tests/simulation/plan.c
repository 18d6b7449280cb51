/* Drawing plans. Few sizes per run and few threads, so that things meet; half of the runs
 * at the settings that users run at. */
#include "plan.h"

#include <string.h>

#include "sizeclass.h"

uint64_t random_next(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

unsigned random_below(uint64_t *state, unsigned n) {
    return (unsigned)((random_next(state) >> 32) * n >> 32);
}

bool random_chance(uint64_t *state, unsigned per_thousand) {
    return per_thousand > 0 && random_below(state, 1000) < per_thousand;
}

/* One of the values. */
#define ANY(rng, ...)                                                                    \
    (((const unsigned[]){__VA_ARGS__})[random_below(                                     \
        (rng), sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned))])

/* ---- settings ---------------------------------------------------------------------- */

static void draw_options(struct settings *settings, uint64_t *rng) {
    settings->reclaim = ANY(rng, 0, 0, 0, 0, 1, 2);
    settings->delay_ms = ANY(rng, 2, 10, 200, 200, 1000);
    settings->worth_kib = ANY(rng, 0, 0, 16, 64, 64, 1024);
    settings->heap_kib = ANY(rng, 0, 0, 0, 1024, 4096);
    settings->small_pages = ANY(rng, 0, 0, 1, 2);
    settings->quarantine = ANY(rng, 0, 0, 0, 1);
}

static void draw_troubles(struct settings *settings, uint64_t *rng) {
    settings->no_barrier = ANY(rng, 0, 0, 0, 0, 0, 1);
    settings->no_key = ANY(rng, 0, 0, 0, 0, 0, 0, 0, 1);
    settings->refuse_map = ANY(rng, 0, 0, 5, 50, 300);
    settings->refuse_discard = ANY(rng, 0, 0, 50, 500);
    settings->half_discard = ANY(rng, 0, 0, 50, 500);
    settings->lying_discard = ANY(rng, 0, 0, 0, 1000);
    settings->refuse_thread = ANY(rng, 0, 0, 500, 1000);
}

static void draw_settings(struct settings *settings, uint64_t *rng) {
    memset(settings, 0, sizeof *settings);
    settings->reserve_mib = ANY(rng, 16, 20, 64, 64, 128, 256);
    settings->delay_ms = 200;
    settings->worth_kib = 64;
    settings->heap_kib = 4096;
    if (random_chance(rng, 500))
        draw_options(settings, rng);
    if (random_chance(rng, 200))
        draw_troubles(settings, rng);
    settings->single_threaded = ANY(rng, 0, 0, 0, 1);
    settings->grant_huge = ANY(rng, 0, 500, 1000);
    settings->spurious = ANY(rng, 0, 0, 0, 10);
    settings->ns_per_step = ANY(rng, 20, 100, 1000, 20000);
    settings->us_per_op = ANY(rng, 1, 100, 1000, 10000, 40000);
    settings->reclaimer_every = ANY(rng, 0, 0, 20, 100, 1000);
    settings->reclaimer_hold = ANY(rng, 1, 3, 10);
    settings->late_stores = ANY(rng, 0, 1);
    settings->check_every = ANY(rng, 1, 1, 4, 20);
    settings->keep_blocks = ANY(rng, 0, 100, 500, 1000);
    settings->end_seed = random_below(rng, ~0u);
    settings->stay = random_below(rng, 2) * random_below(rng, 1 << PLAN_THREADS);
    if (random_chance(rng, 300))
        settings->fork_at_step = 1 + random_below(rng, ANY(rng, 200, 2000, 20000));
}

/* ---- operations -------------------------------------------------------------------- */

enum { FAVOURITES_MAX = 3 };

/* What a run is like. */
struct mood {
    unsigned threads, slots;
    unsigned favourites, sizes[FAVOURITES_MAX];
    unsigned weights[OP_KINDS];
    unsigned preempted; /* operations per thousand */
    unsigned every, times, hold;
    unsigned untouched; /* new blocks per thousand that nobody writes to */
    unsigned huge;      /* sizes per thousand that are above RUN_BYTES_MAX */
    unsigned strange;   /* sizes per thousand that are none of the favourites */
};

static unsigned draw_favourite(uint64_t *rng) {
    switch (random_below(rng, 20)) {
    case 0 ... 6: /* classes of more than a page whose blocks share pages */
        return ANY(rng, 5120, 6144, 7168, 10240, 14336);
    case 7 ... 10:
        return size_classes[21 + random_below(rng, CLASS_LAST - 20)].size;
    case 11 ... 13:
        return size_classes[1 + random_below(rng, 20)].size;
    case 14 ... 16:
        return 32769 + random_below(rng, 2 * SLICE_SIZE);
    default:
        return 32769 + random_below(rng, 24 * SLICE_SIZE);
    }
}

static unsigned draw_size(const struct mood *mood, uint64_t *rng) {
    if (random_chance(rng, mood->huge))
        return (32u << 20) + 1 + random_below(rng, 2 << 20);
    if (random_chance(rng, mood->strange))
        return random_below(rng, ANY(rng, 1200, 40000, 400000));
    unsigned size = mood->sizes[random_below(rng, mood->favourites)];
    return random_chance(rng, 700) ? size : size - random_below(rng, size / 8);
}

static void draw_mood(struct mood *mood, uint64_t *rng) {
    mood->threads = 1 + ANY(rng, 0, 1, 1, 2, 2, 2, 3, 5);
    mood->slots = ANY(rng, 4, 8, 12, 24, PLAN_SLOTS);
    mood->favourites = 1 + random_below(rng, FAVOURITES_MAX);
    for (unsigned i = 0; i < mood->favourites; i++)
        mood->sizes[i] = draw_favourite(rng);
    unsigned *weights = mood->weights;
    memset(weights, 0, sizeof mood->weights);
    weights[OP_MALLOC] = ANY(rng, 10, 50, 100);
    weights[OP_CALLOC] = ANY(rng, 5, 20, 100);
    weights[OP_ALIGNED] = ANY(rng, 0, 0, 10);
    weights[OP_FREE] = ANY(rng, 30, 70, 120);
    weights[OP_REALLOC] = ANY(rng, 0, 5, 20);
    weights[OP_WRITE] = ANY(rng, 0, 10, 40);
    weights[OP_COLLECT] = ANY(rng, 0, 1, 4, 10);
    weights[OP_STATS] = ANY(rng, 0, 1);
    weights[OP_EXIT] = ANY(rng, 0, 2, 10, 20);
    weights[OP_UNSHARE] = ANY(rng, 0, 0, 0, 1);
    weights[OP_FORK] = ANY(rng, 0, 0, 0, 0, 1, 5);
    weights[OP_IDLE] = ANY(rng, 0, 2, 10, 20);
    mood->preempted = ANY(rng, 0, 10, 30, 200, 700, 1000);
    mood->every = ANY(rng, 4, 12, 40, 150);
    mood->times = ANY(rng, 1, 1, 2, 100);
    mood->hold = ANY(rng, 1, 3, 8, 20);
    mood->untouched = ANY(rng, 50, 300, 800);
    mood->huge = ANY(rng, 0, 0, 0, 0, 5, 20, 300);
    mood->strange = ANY(rng, 0, 40, 200);
}

static enum op_kind draw_kind(const struct mood *mood, uint64_t *rng) {
    unsigned sum = 0, kind = 0;
    for (unsigned i = 0; i < OP_KINDS; i++)
        sum += mood->weights[i];
    for (unsigned left = random_below(rng, sum); left >= mood->weights[kind]; kind++)
        left -= mood->weights[kind];
    return (enum op_kind)kind;
}

static bool makes_block(enum op_kind kind) {
    return kind == OP_MALLOC || kind == OP_CALLOC || kind == OP_ALIGNED;
}

static bool takes_block(enum op_kind kind) {
    return kind == OP_FREE || kind == OP_REALLOC || kind == OP_WRITE;
}

/* A slot that is in the state that the operation needs, as far as can be foreseen. */
static unsigned draw_slot(const struct mood *mood, uint64_t *rng, const bool *used,
                          bool wanted) {
    unsigned slot = 0;
    for (unsigned i = 0; i < 8; i++) {
        slot = random_below(rng, mood->slots);
        if (used[slot] == wanted)
            break;
    }
    return slot;
}

enum { TOUCHED_MAX = 2 << 20 }; /* more takes too long */

static void draw_op(struct op *op, const struct mood *mood, uint64_t *rng, bool *used) {
    memset(op, 0, sizeof *op);
    op->kind = draw_kind(mood, rng);
    op->thread = random_below(rng, mood->threads);
    op->seed = (uint32_t)random_next(rng);
    if (makes_block(op->kind) || takes_block(op->kind)) {
        op->slot = draw_slot(mood, rng, used, takes_block(op->kind));
        used[op->slot] = op->kind != OP_FREE;
        op->size = draw_size(mood, rng);
    }
    op->touch = random_chance(rng, mood->untouched)
                    ? TOUCH_NONE
                    : (enum touch)(1 + random_below(rng, TOUCH_KINDS - 1));
    if (op->size > TOUCHED_MAX && op->touch != TOUCH_NONE)
        op->touch = random_chance(rng, 500) ? TOUCH_HEAD : TOUCH_TAIL;
    op->detail = op->kind == OP_ALIGNED ? 4 + random_below(rng, random_below(rng, 20) + 1)
                                        : random_below(rng, 2);
    if (op->kind == OP_IDLE)
        op->size = ANY(rng, 50, 150, 300, 300, 700, 1500);
    if (random_chance(rng, mood->preempted)) {
        op->every = mood->every;
        op->times = mood->times;
        op->hold = mood->hold;
    }
}

static void draw_ops(struct plan *plan, const struct mood *mood, uint64_t *rng,
                     unsigned count) {
    bool used[PLAN_SLOTS] = {false};
    plan->count = 0;
    /* A heap that is large enough for a reclaimer, or for huge pages. */
    unsigned ballast =
        plan->settings.heap_kib >= 4096 ? ANY(rng, 0, 5, 5, 10) : ANY(rng, 0, 0, 0, 10);
    if (ballast > 0)
        plan->ops[plan->count++] = (struct op){.kind = OP_MALLOC,
                                               .slot = PLAN_SLOTS - 1,
                                               .size = ballast << 20,
                                               .seed = (uint32_t)random_next(rng)};
    while (plan->count < count)
        draw_op(&plan->ops[plan->count++], mood, rng, used);
}

void plan_draw(struct plan *plan, uint64_t seed) {
    uint64_t rng = seed;
    struct mood mood;
    plan->seed = seed;
    draw_settings(&plan->settings, &rng);
    draw_mood(&mood, &rng);
    draw_ops(plan, &mood, &rng, ANY(&rng, 30, 100, 200, 400, PLAN_OPS));
}

void plan_draw_child(struct plan *plan, uint64_t seed) {
    uint64_t rng = seed;
    struct mood mood;
    draw_mood(&mood, &rng);
    mood.weights[OP_FORK] = mood.weights[OP_FORK] > 0 && random_chance(&rng, 200);
    plan->settings.fork_at_step = 0;
    draw_ops(plan, &mood, &rng, 10 + random_below(&rng, 60));
}
