/* See bundle_shape.h. */
#include "bundle_shape.h"

#include <math.h>
#include <stddef.h>

/* Sizes and how many of 10,000 allocations have about that size. */
struct weight {
    uint32_t size;
    unsigned weight;
};

/*
 * Up to 8 KiB. Recorded: share of allocations in each power of two, given to the most
 * frequent exact sizes within (48 alone is 7.8 %).
 */
static const struct weight small[] = {
    {1, 150},    {4, 100},   {8, 260},                           /* <= 8: 5.1 % */
    {12, 200},   {16, 600},                                      /* <= 16: 8.0 % */
    {24, 420},   {32, 600},                                      /* <= 32: 10.2 % */
    {40, 600},   {48, 780},  {52, 700},  {56, 650},  {64, 1000}, /* <= 64: 37.3 % */
    {72, 350},   {80, 380},  {96, 420},  {112, 200}, {128, 90},  /* <= 128: 14.4 % */
    {144, 250},  {160, 480}, {192, 340}, {256, 170},             /* <= 256: 12.4 % */
    {288, 200},  {384, 120}, {512, 90},                          /* <= 512: 4.1 % */
    {640, 120},  {768, 90},  {1024, 90},                         /* <= 1 K: 3.0 % */
    {1408, 200}, {2048, 60},                                     /* <= 2 K: 2.6 % */
    {2816, 60},                                                  /* <= 4 K: 0.6 % */
    {4480, 70},                                                  /* <= 8 K: 0.7 % */
};

/*
 * Over 8 KiB: arena chunks of a power of two less a header, and growing tables. Recorded
 * shares of allocations (1.3 %, 0.2 %, 0.09 %, ...), times 100.
 */
static const struct weight large[] = {
    {16368, 13000}, {32752, 2000}, {65520, 900}, {131056, 400}, {262128, 110},
    {524272, 40},   {1048560, 17}, {2097136, 7}, {4194288, 3},  {8388592, 1},
};

/*
 * How often an object is a large one, of 10,000, by fate. Chosen so that the mean size by
 * fate is the recorded one: 415, 1,013, 1,309 and 459 B (small ones average about 190 B,
 * large ones about 26 KB).
 */
static const unsigned large_share[FATES] = {
    [FATE_SHORT] = 87, [FATE_PHASE] = 318, [FATE_BUILD] = 432, [FATE_CACHE] = 104};

/* Recorded: lifetime in allocations, cumulative share of all frees; 57 % are below 128.
 */
static const struct {
    unsigned below, share;
} lifetimes[] = {{2, 30}, {4, 40}, {8, 46}, {16, 53}, {32, 56}, {128, 57}};

enum { LIFETIMES = sizeof lifetimes / sizeof lifetimes[0] };

int shape_happens(struct rng *rng, unsigned per_ten_thousand) {
    return rng_below(rng, 10000) < per_ten_thousand;
}

enum fate shape_fate(struct rng *rng, double cache_percent) {
    unsigned cache = (unsigned)(cache_percent * SHAPE_CACHE_BORN_IN_PARSE / 100);
    unsigned draw = (unsigned)rng_below(rng, 5740 + 880 + 2420 + cache);
    if (draw < 5740)
        return FATE_SHORT;
    if (draw < 5740 + 880)
        return FATE_PHASE;
    return draw < 5740 + 880 + 2420 ? FATE_BUILD : FATE_CACHE;
}

static uint32_t draw_from(struct rng *rng, const struct weight *weights, size_t n) {
    unsigned total = 0;
    for (size_t i = 0; i < n; i++)
        total += weights[i].weight;
    unsigned draw = (unsigned)rng_below(rng, total);
    for (size_t i = 0; i < n; i++) {
        if (draw < weights[i].weight)
            return weights[i].size;
        draw -= weights[i].weight;
    }
    return weights[0].size;
}

uint32_t shape_size(struct rng *rng, enum fate fate) {
    if (shape_happens(rng, large_share[fate]))
        return draw_from(rng, large, sizeof large / sizeof large[0]);
    return draw_from(rng, small, sizeof small / sizeof small[0]);
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

/* A uniform number in (0, 1]. */
static double uniform(struct rng *rng) {
    return ((double)(rng_next(rng) >> 11) + 1) / (double)(UINT64_C(1) << 53);
}

uint32_t shape_module_objects(struct rng *rng, double mean) {
    const double sigma = 1.2; /* a module of the top percent has 8 times the mean */
    double normal =
        sqrt(-2 * log(uniform(rng))) * cos(2 * 3.14159265358979 * uniform(rng));
    double objects = mean * exp(sigma * normal - sigma * sigma / 2);
    double most = mean * 40;
    return (uint32_t)(objects < 4 ? 4 : objects > most ? most : objects);
}
