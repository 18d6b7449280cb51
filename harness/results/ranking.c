#include "ranking.h"

#include <string.h>

#include "group.h"
#include "stats.h"

static bool find(const struct summary *summary, const char *workload,
                 const struct variant *variant, enum ranking_figure figure,
                 unsigned threads, double *ret) {
    struct group group = {summary, &summary->result->plan, workload, threads};
    const struct summary_row *row = group_memory(&group, variant, IDLE_DEAD);
    if (!row || row->rounds == 0)
        return false;
    *ret = figure == RANKING_IDLE ? row->at[MEASURE_FOOTPRINT] : row->at[MEASURE_PEAK];
    return true;
}

bool ranking_make(const struct summary *summary, enum ranking_figure figure,
                  unsigned threads, struct ranking *ret) {
    const struct plan *plan = &summary->result->plan;
    *ret = (struct ranking){.figure = figure, .threads = threads};
    for (size_t v = 0; v < plan->variants.count; v++) {
        const struct variant *variant = &plan->variants.at[v];
        size_t n = ret->count;
        if (strcmp(variant->name, plan->again) == 0 ||
            !find(summary, RANKING_WORKLOAD, variant, figure, threads, &ret->ours[n]) ||
            !find(summary, RANKING_RECORDED, variant, figure, threads, &ret->theirs[n]))
            continue;
        ret->variants[ret->count++] = variant;
    }
    stats_ranks(ret->ours, ret->count, ret->our_ranks);
    stats_ranks(ret->theirs, ret->count, ret->their_ranks);
    return stats_spearman(ret->ours, ret->theirs, ret->count, &ret->rho) == 0;
}
