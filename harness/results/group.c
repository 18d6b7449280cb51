#include "group.h"

#include <math.h>

const struct summary_row *group_memory(const struct group *group,
                                       const struct variant *variant,
                                       enum idle_driver idle) {
    return summary_find_series(group->summary, MEASURE_FOOTPRINT, idle, group->workload,
                               variant->name, group->threads);
}

const struct summary_row *group_timed(const struct group *group,
                                      const struct variant *variant) {
    unsigned memory = plan_main_memory(group->plan, CELL_TIMED);
    return variant ? summary_find_series(group->summary, MEASURE_TIME, memory,
                                         group->workload, variant->name, group->threads)
                   : NULL;
}

const struct summary_row *group_any(const struct group *group,
                                    const struct variant *variant) {
    for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
        const struct summary_row *row =
            group_memory(group, variant, (enum idle_driver)idle);
        if (row && row->rounds)
            return row;
    }
    return NULL;
}

const struct summary_row *group_wake(const struct group *group,
                                     const struct variant *variant,
                                     const struct summary_row *memory) {
    const struct summary_row *timed = group_timed(group, variant);
    if (timed && timed->at[MEASURE_WAKE_PENALTY] > 0)
        return timed;
    return memory && memory->at[MEASURE_WAKE_PENALTY] > 0 ? memory : NULL;
}

bool group_has_sharing(const struct plan *plan) {
    return plan_has_threads(plan, 1) && plan->thread_counts > 1 &&
           plan->memory_rounds > 0;
}

double group_peak(const struct group *group, const struct variant *variant) {
    const struct summary_row *row = group_any(group, variant);
    return row ? row->at[MEASURE_PEAK] - row->at[MEASURE_BASELINE] : NAN;
}

double group_sharing(const struct group *group, const struct variant *variant) {
    struct group one = *group;
    one.threads = 1;
    double peak = group_peak(&one, variant);
    return peak > 0 ? group_peak(group, variant) / peak : NAN;
}
