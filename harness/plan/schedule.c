/* See schedule.h. */
#include "schedule.h"

#include "rng.h"

void schedule_order(uint64_t seed, unsigned stream, unsigned round, size_t n,
                    size_t *ret_order) {
    struct rng rng;
    rng_seed(&rng, seed ^ ((uint64_t)stream << 56) ^ ((uint64_t)round << 32));
    rng_next(&rng);
    for (size_t i = 0; i < n; i++)
        ret_order[i] = i;
    for (size_t i = n; i > 1; i--) { /* Fisher-Yates */
        size_t k = rng_below(&rng, i);
        size_t swapped = ret_order[i - 1];
        ret_order[i - 1] = ret_order[k];
        ret_order[k] = swapped;
    }
}
