/* See autorounds.h. */
#include "autorounds.h"

#include <math.h>
#include <string.h>

#include "summary.h"

static bool is_narrow(const struct stats_comparison *c, double tolerance) {
    if (c->verdict == STATS_NONE)
        return true;
    if (c->pairs < STATS_PAIRS_MIN || c->ratio.low <= 0)
        return false;
    double low = log(c->ratio.low), high = log(c->ratio.high);
    double half = (high - low) / 2;
    return half <= log1p(tolerance) / 2 || low >= 2 * half || high <= -2 * half;
}

bool autorounds_enough(const struct summary *summary, enum cell_kind kind) {
    const struct plan *plan = &summary->result->plan;
    for (size_t i = 0; i < summary->overall_count; i++) {
        const struct summary_overall *row = &summary->overall[i];
        if (strcmp(row->variant->name, plan->reference) == 0)
            continue;
        if (kind == CELL_TIMED && (!is_narrow(&row->time, plan->time_tolerance) ||
                                   !is_narrow(&row->time_cold, plan->time_tolerance)))
            return false;
        if (kind != CELL_MEMORY)
            continue;
        for (int idle = 0; idle < IDLE_DRIVERS; idle++)
            if (!is_narrow(&row->idle[idle], plan->memory_tolerance))
                return false;
    }
    return true;
}
