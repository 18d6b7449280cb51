#include "schedule.h"

#include <string.h>

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

void schedule_bring_together(const size_t *groups, size_t n, size_t *order) {
    size_t first = 0;
    while (first < n) {
        size_t next = first + 1;
        for (size_t i = next; i < n; i++) {
            size_t item = order[i];
            if (groups[item] != groups[order[first]])
                continue;
            memmove(&order[next + 1], &order[next], (i - next) * sizeof *order);
            order[next++] = item;
        }
        first = next;
    }
}
