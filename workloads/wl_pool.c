/*
 * pool: the workers of a pool peak one after the other. Each does all of the work in its
 * wave, and frees what it allocated (wave_case.h). It is the extreme case of `imbalance`.
 *
 * The claim, of mimalloc v3 against v2: memory that one thread has freed serves the next.
 * If pages belong to threads, the sharing factor (docs/measuring.md) is the number of
 * threads; if they are shared, it is 1. Refuted if v3's grows as v2's does, or if v2's
 * does not grow.
 */
#include "wave_case.h"

static struct option options[] = {WAVE_CASE_OPTIONS(0, 0)};

static void setup(const struct run *run) {
    wave_case_setup(run, options);
}

const struct workload wl_pool = {
    .name = "pool",
    .builds = 1,
    .survivors = 1,
    .options = options,
    .setup = setup,
    .build = wave_case_build,
    .visit = wave_case_visit,
};
