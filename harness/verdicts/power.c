#include "power.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "judge.h"
#include "stats.h"

/* Samples of two runs each, with the noise that is known. */
struct noise {
    struct judge_sample *samples;
    size_t count;
};

/* Adds a sample of two runs of `rounds` rounds, with the noise of n known logarithms.
 * Fewer than two have none. */
static void add_noise(struct noise *noise, const double *logs, size_t n,
                      unsigned rounds) {
    struct judge_sample *sample = &noise->samples[noise->count];
    if (n < 2)
        return;
    if (judge_take(logs, n, logs, n, false, sample) < 0)
        abort(); /* no n is 0 or above PLAN_ROUNDS_MAX */
    sample->a.n = sample->b.n = rounds;
    sample->a.df = sample->b.df = rounds - 1.0;
    noise->count++;
}

/* The smallest changes that the samples would show if `tested` of them were tested at
 * once: the median of them, and the worst. Both are 0 without samples. */
static void look(const struct noise *noise, size_t tested, double tolerance,
                 double *ret_median, double *ret_worst) {
    size_t n = noise->count;
    *ret_median = *ret_worst = 0;
    if (n == 0)
        return;
    struct judge_sample *alike[n];
    double visible[n], level = (1 - JUDGE_CONFIDENCE) / (double)tested;
    for (size_t i = 0; i < n; i++)
        alike[i] = &noise->samples[i];
    judge_moderate(alike, n);
    for (size_t i = 0; i < n; i++) {
        visible[i] = judge(alike[i], 1, level, tolerance).smallest_visible;
        *ret_worst = fmax(*ret_worst, visible[i]);
    }
    *ret_median = stats_median(visible, n);
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
 * the variant's first series. None for a later one, and none of a single workload. */
static size_t take_mean_logs(const struct plan *plan, const struct runfigures *earlier,
                             size_t first, double *ret) {
    const struct series *own = &earlier->series[first];
    double sums[RUNFIGURES_ROUNDS_MAX] = {0};
    size_t members = 0, n = 0;
    for (size_t i = 0; i < earlier->count; i++) {
        const struct series *s = &earlier->series[i];
        if (!is_wanted(plan, s, own->measure) || s->threads != own->threads ||
            strcmp(s->variant, own->variant) != 0)
            continue;
        if (i < first)
            return 0;
        members++;
        for (size_t round = 0; round < own->rounds; round++)
            sums[round] += round < s->rounds ? log(s->by_round[round]) : NAN;
    }
    for (size_t round = 0; members > 1 && round < own->rounds; round++)
        if (!isnan(sums[round]))
            ret[n++] = sums[round] / (double)members;
    return n;
}

/* How many comparisons of one variant are tested at once: those of all measures that
 * decide, either the totals or the cells. */
static size_t count_tested(const struct plan *plan, bool totals) {
    size_t series = 0, cells = plan->workload_count * plan->thread_counts;
    for (struct measure_series_id id = MEASURE_BEGIN; measure_next(plan, &id);)
        series += measures[id.measure].decides;
    return series * (totals ? plan->thread_counts : cells);
}

/* False if the earlier run does not have the series. */
static bool power_of_series(const struct plan *plan, const struct runfigures *earlier,
                            struct power *ret) {
    struct noise cells = {heap_new(earlier->count, sizeof *cells.samples), 0};
    struct noise totals = {heap_new(earlier->count, sizeof *totals.samples), 0};
    double logs[RUNFIGURES_ROUNDS_MAX], median;
    for (size_t i = 0; i < earlier->count; i++) {
        const struct series *s = &earlier->series[i];
        if (!is_wanted(plan, s, ret->measure))
            continue;
        add_noise(&cells, logs, take_logs(s, logs), ret->rounds);
        add_noise(&totals, logs, take_mean_logs(plan, earlier, i, logs), ret->rounds);
    }
    look(&totals, count_tested(plan, true), ret->tolerance, &median, &ret->total);
    look(&cells, count_tested(plan, false), ret->tolerance, &ret->cell, &ret->noisiest);
    free(cells.samples);
    free(totals.samples);
    return cells.count > 0;
}

int power_of(const struct plan *plan, const struct runfigures *earlier, struct power *ret,
             int most) {
    int count = 0;
    struct measure_series_id id = MEASURE_BEGIN;
    while (count < most && measure_next(plan, &id)) {
        struct power *power = &ret[count];
        *power = (struct power){.rounds = plan_rounds(plan, measure_kind(id.measure)),
                                .tolerance = measure_tolerance(plan, id.measure)};
        measure_series_name(plan, id.measure, id.slot, power->measure);
        count += measures[id.measure].decides && power_of_series(plan, earlier, power);
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
