#include "bundle_shape.h"

#include <math.h>
#include <stddef.h>

/* By fate. bundle_shape.def gives the units. */
static const struct {
    unsigned resized, further, shrunk, zeroed;
} fates[FATES] = {
#define FATE(name, resized, further, shrunk, zeroed)                                     \
    [FATE_##name] = {resized, further, shrunk, zeroed},
#include "bundle_shape.def"
};

static const struct {
    unsigned shares[FATES]; /* of 10,000 */
    unsigned large[FATES];  /* of 10,000 of the fate */
    unsigned near;          /* of 100 of FATE_PHASE */
    unsigned next, soon;    /* of 100 of FATE_PHASE that are not near */
} stages[SHAPE_STAGES] = {
#define STAGE(s, p, b, c, large_s, large_p, large_b, large_c, near, next, soon)          \
    {{s, p, b, c}, {large_s, large_p, large_b, large_c}, near, next, soon},
#include "bundle_shape.def"
};

/* Ranges of sizes. After shape_setup(), `upto` is the sum of the weights of this fate and
 * kind up to this range. */
static struct size_range {
    enum fate fate;
    int is_large;
    uint32_t from, to, upto;
    unsigned align_log2;
} ranges[] = {
#define SMALL(fate, from, to, weight, align_log2)                                        \
    {FATE_##fate, 0, from, to, weight, align_log2},
#include "bundle_shape.def"
#define LARGE(fate, from, to, weight, align_log2)                                        \
    {FATE_##fate, 1, from, to, weight, align_log2},
#include "bundle_shape.def"
};

enum { RANGES = sizeof ranges / sizeof ranges[0] };

/* The ranges of a kind (0: small, 1: large) and fate are next to each other. */
static struct { size_t first, count; } kinds[2][FATES];

static const struct {
    unsigned below, share;
} lifetimes[] = {
#define LIFE(below, share) {below, share},
#include "bundle_shape.def"
};

enum { LIFETIMES = sizeof lifetimes / sizeof lifetimes[0] };

static const unsigned lanes[] = {
#define LANE(weight) weight,
#include "bundle_shape.def"
};

static const struct shape_table tables[] = {
#define TABLE(from, until, size, growths, grown) {from, until, size, growths, grown},
#include "bundle_shape.def"
};

static double cache_share;          /* recorded share of FATE_CACHE, 0 to 1 */
static unsigned large_share[FATES]; /* of 10,000 of a fate, over all stages */

void shape_setup(void) {
    for (size_t i = 0; i < RANGES; i++) {
        struct size_range *range = &ranges[i];
        if (kinds[range->is_large][range->fate].count++ == 0)
            kinds[range->is_large][range->fate].first = i;
        else
            range->upto += ranges[i - 1].upto;
    }
    for (unsigned s = 0; s < SHAPE_STAGES; s++)
        cache_share += stages[s].shares[FATE_CACHE] / 1e4 / SHAPE_STAGES;
    for (int fate = 0; fate < FATES; fate++) {
        unsigned all = 0, large = 0;
        for (unsigned s = 0; s < SHAPE_STAGES; s++) {
            all += stages[s].shares[fate];
            large += stages[s].shares[fate] * stages[s].large[fate];
        }
        large_share[fate] = large / all;
    }
}

static int happens(struct rng *rng, unsigned of_how_many, unsigned share) {
    return rng_below(rng, of_how_many) < share;
}

double shape_share(unsigned stage, enum fate fate, double cache_percent) {
    const unsigned *shares = stages[stage].shares;
    double others = shares[FATE_SHORT] + shares[FATE_PHASE] + shares[FATE_BUILD];
    double cache = shares[FATE_CACHE] * cache_percent / 100 / cache_share;
    return (fate == FATE_CACHE ? cache : shares[fate]) / (others + cache);
}

static enum fate draw_fate(struct rng *rng, unsigned stage, double cache_percent) {
    double draw = (double)rng_below(rng, 1 << 30) / (1 << 30);
    for (int fate = FATE_PHASE; fate < FATES; fate++) {
        draw -= shape_share(stage, (enum fate)fate, cache_percent);
        if (draw < 0)
            return (enum fate)fate;
    }
    return FATE_SHORT;
}

static const struct size_range *draw_range(struct rng *rng, int is_large,
                                           enum fate fate) {
    size_t low = kinds[is_large][fate].first;
    size_t high = low + kinds[is_large][fate].count - 1;
    uint64_t draw = rng_below(rng, ranges[high].upto);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (draw < ranges[middle].upto)
            high = middle;
        else
            low = middle + 1;
    }
    return &ranges[low];
}

static uint32_t draw_size(struct rng *rng, const struct size_range *range) {
    return range->from + (uint32_t)rng_below(rng, range->to - range->from + 1);
}

uint32_t shape_size(struct rng *rng, enum fate fate) {
    int is_large = happens(rng, 10000, large_share[fate]);
    return draw_size(rng, draw_range(rng, is_large, fate));
}

struct shape shape_draw(struct rng *rng, unsigned stage, double cache_percent) {
    struct shape shape = {.fate = draw_fate(rng, stage, cache_percent)};
    int is_large = happens(rng, 10000, stages[stage].large[shape.fate]);
    const struct size_range *range = draw_range(rng, is_large, shape.fate);
    shape.size = draw_size(rng, range);
    shape.align_log2 = range->align_log2;
    shape.is_near = happens(rng, 100, stages[stage].near);
    shape.is_zeroed = happens(rng, 10000, fates[shape.fate].zeroed);
    if (is_large || shape.align_log2 || !happens(rng, 10000, fates[shape.fate].resized))
        return shape;
    for (shape.growths = 1; shape.growths < SHAPE_GROWTHS_MAX; shape.growths++)
        if (!happens(rng, 100, fates[shape.fate].further))
            break;
    shape.is_shrunk = happens(rng, 100, fates[shape.fate].shrunk);
    return shape;
}

unsigned shape_lifetime(struct rng *rng) {
    unsigned draw = (unsigned)rng_below(rng, lifetimes[LIFETIMES - 1].share);
    unsigned from = 1;
    for (size_t i = 0; i < LIFETIMES; i++) {
        if (draw < lifetimes[i].share)
            return from + (unsigned)rng_below(rng, lifetimes[i].below - from);
        from = lifetimes[i].below;
    }
    return 1;
}

unsigned shape_freed_percent(unsigned stage, unsigned age) {
    enum { SOON = 5 };
    unsigned next = stages[stage].next, soon = stages[stage].soon;
    if (age == 0)
        return 0;
    return age >= SOON ? soon : next + (soon - next) * (age - 1) / (SOON - 1);
}

/* A uniform number in (0, 1]. */
static double uniform(struct rng *rng) {
    return ((double)(rng_next(rng) >> 11) + 1) / (double)(UINT64_C(1) << 53);
}

uint32_t shape_module_objects(struct rng *rng, double mean) {
    const double sigma = 1.2; /* one module in a hundred has 8 times the mean */
    double normal =
        sqrt(-2 * log(uniform(rng))) * cos(2 * 3.14159265358979 * uniform(rng));
    double objects = mean * exp(sigma * normal - sigma * sigma / 2);
    double most = mean * 20;
    return (uint32_t)(objects < 4 ? 4 : objects > most ? most : objects);
}

const struct shape_table *shape_table(unsigned index) {
    return index < sizeof tables / sizeof tables[0] ? &tables[index] : NULL;
}

unsigned shape_lane_weight(unsigned worker) {
    return worker < sizeof lanes / sizeof lanes[0] ? lanes[worker] : 1;
}
