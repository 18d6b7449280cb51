#ifndef TIDEMARK_WORKLOADS_RNG_H
#define TIDEMARK_WORKLOADS_RNG_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for shuffling and
 * resampling. */
struct rng {
    uint64_t state;
};

static inline void rng_seed(struct rng *rng, uint64_t seed) {
    rng->state = seed;
}

static inline uint64_t rng_next(struct rng *rng) {
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A uniform number below `bound`, which must be above 0. By multiplication (Lemire 2019);
 * the bias is below bound / 2^64. */
static inline uint64_t rng_below(struct rng *rng, uint64_t bound) {
    return (uint64_t)(((unsigned __int128)rng_next(rng) * bound) >> 64);
}

#endif
