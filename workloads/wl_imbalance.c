/*
 * imbalance: a rayon-style pool in which the workers' shares are unequal, and who has the
 * largest one changes (wave_case.h). Each worker has 62 % of what the next busier one
 * has, since in the recorded bundler five workers made 42, 26, 19, 8 and 6 % of the
 * allocations; 27 % of the blocks migrate, that is, are freed by another worker, as
 * recorded.
 *
 * The claim, of mimalloc v3 against v2: threads share memory better, so that a pool needs
 * less. Where pages belong to threads the peak tends to the sum of the workers' own peaks
 * (of T workers: up to T times the largest share, 1.2, 1.8, 3.1 and 6.1 for 2, 4, 8 and
 * 16); where they are shared it is the peak of the sum, the same for any number. The
 * figure is the sharing factor (docs/measuring.md). Refuted if v3's is not below v2's.
 * `pool` is the same at its purest.
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
