/*
 * pool: the workers of a pool peak one after the other, each with all of the work, and
 * free what they allocated themselves (wave_case.h): `imbalance` at its purest.
 *
 * The claim, of mimalloc v3 against v2: memory that one thread has freed serves the next.
 * Where pages belong to threads the sharing factor (docs/measuring.md) is the number of
 * threads, where they are shared it is 1. Refuted if v3's grows as v2's does, or if v2's
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
