#include "sharing.h"

#include "group.h"

bool sharing_is_measured(const struct plan *plan) {
    bool one = false;
    for (size_t t = 0; t < plan->thread_counts; t++)
        one |= plan->threads[t] == 1;
    return one && plan->thread_counts > 1 && plan->memory_rounds > 0;
}

double sharing_peak(const struct summary *summary, const char *workload,
                    const struct variant *variant, unsigned threads) {
    struct group group = {summary, &summary->result->plan, workload, threads};
    const struct summary_row *row = group_any(&group, variant);
    return row ? row->at[MEASURE_PEAK] - row->at[MEASURE_BASELINE] : -1;
}

double sharing_factor(const struct summary *summary, const char *workload,
                      const struct variant *variant, unsigned threads) {
    double many = sharing_peak(summary, workload, variant, threads);
    double one = sharing_peak(summary, workload, variant, 1);
    return many >= 0 && one > 0 ? many / one : -1;
}
