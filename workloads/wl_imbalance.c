/*
 * imbalance: a rayon-style pool in which the workers' shares are unequal, and the largest
 * share moves from worker to worker (wave_case.h). Each worker has 62 % of the share of
 * the next busier one. That is near the recorded bundler: see LANE in bundle_shape.def.
 * As recorded, 27 % of the blocks migrate.
 *
 * The claim, of mimalloc v3 against v2: threads share memory better, so a pool needs
 * less. If pages belong to threads, the peak tends to the sum of the workers' own peaks.
 * That is up to T times the largest share with T workers: 1.2, 1.8, 3.1 and 6.1 times the
 * work for 2, 4, 8 and 16. If pages are shared, it is the peak of the sum, the same for
 * any number of workers. The figure is the sharing factor (docs/measuring.md). Refuted if
 * v3's is not below v2's. `pool` is the extreme case.
 */
#include "wave_case.h"

static struct option options[] = {WAVE_CASE_OPTIONS(62, 27)};

static void setup(const struct run *run) {
    wave_case_setup(run, options);
}

const struct workload wl_imbalance = {
    .name = "imbalance",
    .builds = 1,
    .survivors = 1,
    .options = options,
    .setup = setup,
    .build = wave_case_build,
    .visit = wave_case_visit,
};
