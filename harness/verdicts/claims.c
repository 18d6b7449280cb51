/* See claims.h. */
#include "claims.h"

#include <math.h>

#include "form.h"
#include "record.h"
#include "result.h"
#include "stats.h"

const struct claim claims[] = {
#define CLAIM(text, where, kind, claimed, workload, threads, idle, variant, reference,   \
              get)                                                                       \
    {text,    where, CLAIM_##kind, claimed,   workload,                                  \
     threads, idle,  variant,      reference, get},
#include "claims.def"
};

const size_t claims_count = sizeof claims / sizeof claims[0];

bool claim_is_timed(const struct claim *claim) {
    return claim->get == figure_ops_per_s || claim->get == figure_wall;
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

/* The record of a variant in the round that the claim is about; NULL where none is. */
static const json_t *record_of(const struct claim *claim, const struct result *result,
                               const char *variant, unsigned round) {
    struct plan_workload workload = {.name = ""};
    const struct variant *found = variant_find(&result->plan.variants, variant);
    if (!found)
        return NULL;
    snprintf(workload.name, sizeof workload.name, "%s", claim->workload);
    enum cell_kind kind = claim_is_timed(claim) ? CELL_TIMED : CELL_MEMORY;
    struct cell cell = {kind,        &workload,
                        found,       claim->threads,
                        claim->idle, plan_main_memory(&result->plan, kind)};
    const json_t *record = result_record(result, &cell, round);
    return record_is_ok(record) ? record : NULL;
}

static bool growth_of(const json_t *record, double *ret) {
    const json_t *gaps = json_object_get(record, "gaps");
    size_t count = json_array_size(gaps);
    double first, last;
    if (count < 2 ||
        !record_number(json_object_get(json_array_get(gaps, 0), "memory"), "footprint",
                       &first) ||
        !record_number(json_object_get(json_array_get(gaps, count - 1), "memory"),
                       "footprint", &last) ||
        first <= 0)
        return false;
    *ret = last / first;
    return true;
}

/* The claim's figure in one round. */
static bool measure(const struct claim *claim, const struct result *result,
                    unsigned round, double *ret) {
    const json_t *record = record_of(claim, result, claim->variant, round), *reference;
    double value, base;
    if (claim->kind == CLAIM_GROWTH)
        return growth_of(record, ret);
    if (!record || !claim->get(record, &value))
        return false;
    switch (claim->kind) {
    case CLAIM_RATIO:
        reference = record_of(claim, result, claim->reference, round);
        if (!reference || !claim->get(reference, &base) || base <= 0)
            return false;
        *ret = value / base;
        return true;
    case CLAIM_LEFT:
        if (!figure_peak(record, &base) || base <= 0)
            return false;
        *ret = value / base;
        return true;
    default:
        if (!figure_baseline(record, &base))
            return false;
        *ret = value - base;
        return true;
    }
}

void claim_evaluate(const struct claim *claim, const struct result *result,
                    struct claim_outcome *ret) {
    const struct plan *plan = &result->plan;
    unsigned rounds = plan_rounds(plan, claim_is_timed(claim) ? CELL_TIMED : CELL_MEMORY);
    double values[rounds + 1];
    *ret = (struct claim_outcome){0};
    for (unsigned round = 1; round <= rounds; round++)
        ret->rounds += measure(claim, result, round, &values[ret->rounds]);
    if (ret->rounds == 0)
        return;
    ret->measured = stats_median(values, ret->rounds);
    stats_order_interval(values, ret->rounds, 0.95, &ret->low, &ret->high);
    ret->at_low = claim_judge(claim, ret->low);
    ret->at_high = claim_judge(claim, ret->high);
}
