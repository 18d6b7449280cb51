#include "power.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "stats.h"

/* Makes a sample of two runs of `rounds` rounds each, with the noise of n known values.
 * False if there are fewer than two values, or with `error`. */
static bool take_noise(const double *logs, size_t n, unsigned rounds,
                       struct judge_sample *ret, int *error) {
    if (n < 2)
        return false;
    *error = judge_take(logs, n, logs, n, false, ret);
    ret->a.n = ret->b.n = rounds;
    ret->a.df = ret->b.df = rounds - 1.0;
    return !*error;
}

/* The logarithms of a series' good rounds. */
static size_t take_logs(const struct series *s, double *ret) {
    size_t n = series_values(s, ret);
    for (size_t i = 0; i < n; i++)
        ret[i] = log(ret[i]);
    return n;
}

static bool is_wanted(const struct plan *plan, const struct series *s,
                      const char *measure) {
    bool is_reference =
        measure_is_ratio(measure) && strcmp(s->variant, plan->reference) == 0;
    for (size_t w = 0; w < plan->workload_count; w++)
        if (strcmp(plan->workloads[w].name, s->workload) == 0)
            return strcmp(s->measure, measure) == 0 && !s->is_control && !is_reference &&
                   plan_has_threads(plan, s->threads);
    return false;
}

/* The mean over a variant's workloads, in each round that all of them have. `first` is
 * the variant's first series. `ret_members` gets the number of workloads. */
static size_t take_mean_logs(const struct plan *plan, const struct runfigures *earlier,
                             size_t first, double *ret, size_t *ret_members) {
    const struct series *own = &earlier->series[first];
    size_t n = 0;
    *ret_members = 0;
    for (size_t round = 0; round < own->rounds; round++) {
        double sum = 0;
        *ret_members = 0;
        for (size_t i = first; i < earlier->count; i++) {
            const struct series *s = &earlier->series[i];
            if (!is_wanted(plan, s, own->measure) || s->threads != own->threads ||
                strcmp(s->variant, own->variant) != 0)
                continue;
            (*ret_members)++;
            sum += round < s->rounds ? log(s->by_round[round]) : NAN;
        }
        if (!isnan(sum))
            ret[n++] = sum / (double)*ret_members;
    }
    return n;
}

static bool is_first_of_variant(const struct plan *plan, const struct runfigures *earlier,
                                size_t index) {
    const struct series *own = &earlier->series[index];
    for (size_t i = 0; i < index; i++) {
        const struct series *s = &earlier->series[i];
        if (is_wanted(plan, s, own->measure) && s->threads == own->threads &&
            strcmp(s->variant, own->variant) == 0)
            return false;
    }
    return true;
}

/* The smallest change that a sample would show if `tested` of them are tested at once. */
static double visible(const struct judge_sample *sample, size_t tested,
                      double tolerance) {
    double level = (1 - JUDGE_CONFIDENCE) / (double)tested;
    return judge(sample, 1, level, tolerance).smallest_visible;
}

/* How many comparisons of one variant are tested at once: those of all measures that
 * decide, either the totals or the cells. */
static size_t count_tested(const struct plan *plan, bool totals) {
    size_t series = 0, cells = plan->workload_count * plan->thread_counts;
    for (enum measure m = 0; m < MEASURES; m++)
        for (unsigned slot = 0; slot < MEASURE_SLOTS; slot++)
            series += measures[m].decides && measure_has_slot(plan, m, slot);
    return series * (totals ? plan->thread_counts : cells);
}

static int power_of_series(const struct plan *plan, const struct runfigures *earlier,
                           struct power *ret) {
    struct judge_sample *samples = calloc(2 * earlier->count + 1, sizeof *samples);
    struct judge_sample **cells = calloc(2 * earlier->count + 1, sizeof *cells);
    double *seen = calloc(earlier->count + 1, sizeof *seen);
    struct judge_sample **totals = cells ? cells + earlier->count : NULL;
    size_t cell_count = 0, total_count = 0, used = 0;
    int error = samples && cells && seen ? 0 : -ENOMEM;
    for (size_t i = 0; !error && i < earlier->count; i++) {
        const struct series *s = &earlier->series[i];
        double logs[RUNFIGURES_ROUNDS_MAX];
        size_t members;
        if (!is_wanted(plan, s, ret->measure))
            continue;
        if (take_noise(logs, take_logs(s, logs), ret->rounds, &samples[used], &error))
            cells[cell_count++] = &samples[used++];
        if (error || !is_first_of_variant(plan, earlier, i))
            continue;
        size_t n = take_mean_logs(plan, earlier, i, logs, &members);
        if (members > 1 && take_noise(logs, n, ret->rounds, &samples[used], &error))
            totals[total_count++] = &samples[used++];
    }
    judge_moderate(cells, error ? 0 : cell_count);
    judge_moderate(totals, error ? 0 : total_count);
    for (size_t i = 0; !error && i < total_count; i++)
        ret->total = fmax(ret->total,
                          visible(totals[i], count_tested(plan, true), ret->tolerance));
    for (size_t i = 0; !error && i < cell_count; i++) {
        seen[i] = visible(cells[i], count_tested(plan, false), ret->tolerance);
        ret->noisiest = fmax(ret->noisiest, seen[i]);
    }
    if (!error && cell_count)
        ret->cell = stats_median(seen, cell_count);
    free(samples);
    free(cells);
    free(seen);
    return error ? error : (int)cell_count;
}

int power_of(const struct plan *plan, const struct runfigures *earlier, struct power *ret,
             int most) {
    int count = 0;
    for (enum measure m = 0; m < MEASURES; m++)
        for (unsigned slot = 0; slot < MEASURE_SLOTS && count < most; slot++) {
            if (!measures[m].decides || !measure_has_slot(plan, m, slot))
                continue;
            struct power power = {.rounds = plan_rounds(plan, measure_kind(m)),
                                  .tolerance = measure_tolerance(plan, m)};
            measure_series_name(plan, m, slot, power.measure);
            int cells = power_of_series(plan, earlier, &power);
            if (cells < 0)
                return cells;
            if (cells)
                ret[count++] = power;
        }
    return count;
}

double power_visible(const struct power *power) {
    return power->total > 0 ? power->total : power->cell;
}

void power_print(const struct power *list, int count, const char *source, FILE *out) {
    if (count)
        fprintf(out,
                "By the noise of %s, these rounds would show this change of one variant "
                "between two runs, nine times in ten:\n",
                source);
    for (int i = 0; i < count; i++) {
        const struct power *p = &list[i];
        char label[64];
        measure_label(p->measure, label, sizeof label);
        fprintf(out, "  %s, %u rounds:", label, p->rounds);
        if (p->total > 0)
            fprintf(out, " %.1f %% over all workloads,", 100 * p->total);
        fprintf(out, " %.1f %% in one cell (the noisiest: %.0f %%)\n", 100 * p->cell,
                100 * p->noisiest);
    }
}
