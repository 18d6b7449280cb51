#include "claims.h"

#include <math.h>
#include <string.h>

#include "form.h"
#include "result.h"
#include "stats.h"
#include "units.h"

const struct claim claims[] = {
#define CLAIM(text, where, kind, claimed, workload, threads, idle, variant, reference,   \
              measure)                                                                   \
    {text,    where, CLAIM_##kind, claimed,   workload,                                  \
     threads, idle,  variant,      reference, measure},
#include "claims.def"
};

const size_t claims_count = sizeof claims / sizeof claims[0];

bool claim_is_timed(const struct claim *claim) {
    return claim->measure == MEASURE_OPS_A_SECOND || claim->measure == MEASURE_TIME;
}

static enum claim_verdict by_threshold(double effect, double yes, double in_part) {
    return effect >= yes ? CLAIM_YES : effect >= in_part ? CLAIM_IN_PART : CLAIM_NO;
}

enum claim_verdict claim_judge(const struct claim *claim, double measured) {
    if (claim->kind == CLAIM_BYTES)
        return by_threshold(-fabs(measured / claim->claimed - 1), -0.25, -0.5);
    return by_threshold(log(measured) / log(claim->claimed), 0.75, 0.25);
}

const char *claim_verdict_name(enum claim_verdict verdict) {
    static const char *const names[] = {
        [CLAIM_NO] = "no", [CLAIM_IN_PART] = "in part", [CLAIM_YES] = "yes"};
    return names[verdict];
}

/* A measure in one round of a variant; NAN if the round lacks it. */
static double value_of(const struct claim *claim, const struct result *result,
                       const char *variant, unsigned round, enum measure measure) {
    const struct plan *plan = &result->plan;
    enum cell_kind kind = claim_is_timed(claim) ? CELL_TIMED : CELL_MEMORY;
    struct cell cell = {.kind = kind,
                        .variant = variant_find(&plan->variants, variant),
                        .threads = claim->threads,
                        .idle = kind == CELL_MEMORY ? claim->idle : 0,
                        .memory = plan_main_memory(plan, kind)};
    for (size_t w = 0; w < plan->workload_count; w++)
        if (strcmp(plan->workloads[w].name, claim->workload) == 0)
            cell.workload = &plan->workloads[w];
    if (!cell.variant || !cell.workload || !plan_has_threads(plan, claim->threads))
        return NAN;
    const struct reading *reading = result_good(result, &cell, round);
    return reading ? reading->at[measure] : NAN;
}

/* The claim's figure in one round; NAN if the round lacks a part of it. */
static double measure(const struct claim *claim, const struct result *result,
                      unsigned round) {
    double value = value_of(claim, result, claim->variant, round, claim->measure), base;
    switch (claim->kind) {
    case CLAIM_GROWTH:
        return value;
    case CLAIM_RATIO:
        base = value_of(claim, result, claim->reference, round, claim->measure);
        return base > 0 ? value / base : NAN;
    case CLAIM_LEFT:
        base = value_of(claim, result, claim->variant, round, MEASURE_PEAK);
        return base > 0 ? value / base : NAN;
    default:
        return value - value_of(claim, result, claim->variant, round, MEASURE_BASELINE);
    }
}

void claim_evaluate(const struct claim *claim, const struct result *result,
                    struct claim_outcome *ret) {
    const struct plan *plan = &result->plan;
    unsigned rounds = plan_rounds(plan, claim_is_timed(claim) ? CELL_TIMED : CELL_MEMORY);
    double values[rounds + 1];
    *ret = (struct claim_outcome){0};
    for (unsigned round = 1; round <= rounds; round++)
        if (!isnan(values[ret->rounds] = measure(claim, result, round)))
            ret->rounds++;
    if (ret->rounds == 0)
        return;
    ret->measured = stats_median(values, ret->rounds);
    stats_order_interval(values, ret->rounds, 0.95, &ret->low, &ret->high);
    enum claim_verdict low = claim_judge(claim, ret->low);
    enum claim_verdict high = claim_judge(claim, ret->high);
    bool is_inside = ret->low <= claim->claimed && claim->claimed <= ret->high;
    ret->worst = low < high ? low : high;
    ret->best = is_inside ? CLAIM_YES : low < high ? high : low;
}
