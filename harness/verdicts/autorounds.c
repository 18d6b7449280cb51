#include "autorounds.h"

#include <math.h>

#include "summary.h"

bool autorounds_is_narrow(const struct judgement *j, double tolerance) {
    if (j->verdict == VERDICT_NONE)
        return true;
    if (j->n < AUTOROUNDS_LEAST || j->low <= 0)
        return false;
    double low = log(j->low), high = log(j->high);
    double half = (high - low) / 2;
    return half <= log1p(tolerance) / 2 || low >= 2 * half || high <= -2 * half;
}

bool autorounds_enough(const struct summary *summary, enum cell_kind kind) {
    const struct plan *plan = &summary->result->plan;
    for (size_t i = 0; i < summary->overall_count; i++)
        for (struct measure_series_id s = MEASURE_BEGIN; measure_next(plan, &s);)
            if (measures[s.measure].decides && measure_kind(s.measure) == kind &&
                !autorounds_is_narrow(&summary->overall[i].versus[s.measure][s.slot],
                                      measure_tolerance(plan, s.measure)))
                return false;
    return true;
}

double autorounds_blind(const struct summary *summary, enum cell_kind kind,
                        double detect) {
    const struct plan *plan = &summary->result->plan;
    double blind = 0;
    for (size_t i = 0; i < summary->overall_count; i++)
        for (struct measure_series_id s = MEASURE_BEGIN; measure_next(plan, &s);) {
            const struct judgement *j = &summary->overall[i].versus[s.measure][s.slot];
            if (measures[s.measure].decides && measure_kind(s.measure) == kind &&
                j->verdict != VERDICT_NONE &&
                j->smallest_visible > fmax(detect, measure_tolerance(plan, s.measure)))
                blind = fmax(blind, j->smallest_visible);
        }
    return blind;
}
