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

/* Whether all series of a row that decide and are of this kind are narrow enough. */
static bool row_is_narrow(const struct plan *plan, const struct summary_overall *row,
                          enum cell_kind kind) {
    for (enum measure m = 0; m < MEASURES; m++)
        for (unsigned slot = 0; slot < MEASURE_SLOTS; slot++)
            if (measures[m].decides && measure_kind(m) == kind &&
                !autorounds_is_narrow(&row->versus[m][slot], measure_tolerance(plan, m)))
                return false;
    return true;
}

bool autorounds_enough(const struct summary *summary, enum cell_kind kind) {
    const struct plan *plan = &summary->result->plan;
    for (size_t i = 0; i < summary->overall_count; i++)
        if (!row_is_narrow(plan, &summary->overall[i], kind))
            return false;
    return true;
}

double autorounds_blind(const struct summary *summary, enum cell_kind kind,
                        double detect) {
    const struct plan *plan = &summary->result->plan;
    double blind = 0;
    for (size_t i = 0; i < summary->overall_count; i++)
        for (enum measure m = 0; m < MEASURES; m++)
            for (unsigned slot = 0; slot < MEASURE_SLOTS; slot++) {
                const struct judgement *j = &summary->overall[i].versus[m][slot];
                if (measures[m].decides && measure_kind(m) == kind &&
                    j->verdict != VERDICT_NONE &&
                    j->smallest_visible > fmax(detect, measure_tolerance(plan, m)))
                    blind = fmax(blind, j->smallest_visible);
            }
    return blind;
}
