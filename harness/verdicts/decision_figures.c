/* Price and gain, and who gains and who loses. */
#include <math.h>
#include <string.h>

#include "compare_report.h"
#include "decision_words.h"
#include "form.h"
#include "summary.h"
#include "table.h"
#include "text.h"

/* ---- price and gain ---- */

/* A time of one workload is in its own unit (seconds) if the run itself is there, and not
 * only a baseline. Any other figure is in the unit in which it is compared. */
static void format_value(const struct decision_run *run, const struct comparison *c,
                         const char *variant, double median, char *buffer, size_t size) {
    const struct summary_row *row = NULL;
    enum measure measure = MEASURE_TIME;
    unsigned slot;
    bool is_ratio = measure_is_ratio(c->measure);
    if (is_ratio && run->summary && !comparison_is_total(c) &&
        measure_find(&run->summary->result->plan, c->measure, &measure, &slot))
        row = summary_find_series(run->summary, measure, slot, c->workload, variant,
                                  c->threads);
    if (row && measures[measure].unit == UNIT_RATIO)
        snprintf(buffer, size, "%.3f", row->at[measure]);
    else if (row)
        measure_format_figure(measure, row->at[measure], buffer, size);
    else if (is_ratio)
        snprintf(buffer, size, "%.3f x %.40s", median,
                 runfigures_text(run->figures, "facts", "reference"));
    else
        measure_format(c->measure, median, buffer, size);
}

/* Whether it is a row: over all, what decides, and the wake penalty. */
static bool is_shown(const struct decision_finding *f) {
    enum measure measure;
    return compare_is_outermost(&f->run->pair, f->c) &&
           (f->c->decides || (measure_of_series(f->c->measure, &measure) &&
                              measure == MEASURE_WAKE_PENALTY));
}

/* The name that all rows share; false if they have several. */
static bool name_of_all(const struct decision *d, char *buffer, size_t size) {
    *buffer = '\0';
    for (struct decision_finding f = {0}; decision_next(d, &f);) {
        char name[DECISION_SHORT_MAX];
        if (!is_shown(&f))
            continue;
        decision_name_of(f.run, f.c, name);
        if (*buffer && strcmp(buffer, name) != 0)
            return false;
        snprintf(buffer, size, "%s", name);
    }
    return true;
}

/* There is a column for what a row is of, and one for the run, if the rows differ in it.
 */
static void set_row(struct table *table, const struct decision *d,
                    const struct decision_run *run, const struct comparison *c,
                    bool has_names, bool has_runs) {
    char text[96], name[DECISION_SHORT_MAX], visible[DECISION_SHORT_MAX];
    bool is_change = verdict_is_change(c->judged.verdict);
    size_t column = 0;
    table_set(table, column++, "%s", c->label);
    if (has_names)
        table_set(table, column++, "%s", decision_name_of(run, c, name));
    format_value(run, c, run->base, c->median_a, text, sizeof text);
    table_set(table, column++, "%s", text);
    format_value(run, c, run->variant, c->median_b, text, sizeof text);
    table_set(table, column++, "%s", text);
    compare_format_ratio(c, text, sizeof text);
    table_set(table, column++, "%s", text);
    table_set(table, column++, "%s%s%s%s", is_change ? "**" : "",
              verdict_name(c->judged.verdict), is_change ? "**" : "",
              c->decides ? "" : " (decides nothing)");
    table_set(table, column++, "%s", decision_visible(c, visible));
    if (has_runs)
        table_set(table, column, "%.3s", decision_source(d, run));
}

static struct table *begin_price(const struct decision *d, bool has_names,
                                 bool has_runs) {
    /* without names, the first column is left out */
    const char *header[] = {"figure",
                            has_names ? "of" : "figure",
                            d->runs[0].base,
                            d->runs[0].variant,
                            "ratio [95 % interval]",
                            "verdict",
                            "visible from",
                            "run"};
    return table_new(6U + has_names + has_runs, header + !has_names);
}

/* Explains the two idle drivers to readers who do not know this tool. Runs with the same
 * explanation share it. */
static void explain_drivers(const struct decision *d, FILE *out) {
    char last[400] = "";
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        char text[sizeof last] = "";
        if (decision_has_series(run, plan_idle_name(IDLE_DEAD)))
            text_append(
                text, sizeof text,
                " *Dead footprint*: what the process holds after %s s in which none of "
                "its threads calls the allocator.",
                runfigures_text(run->figures, "facts", "idle_s"));
        if (decision_has_series(run, plan_idle_name(IDLE_COLLECT)))
            text_append(text, sizeof text,
                        " *Collect footprint*: the same after one call that asks the "
                        "allocator to give memory back.");
        if (*text && strcmp(text, last) != 0) {
            fputs(text, out);
            memcpy(last, text, sizeof last);
        }
    }
}

void decision_print_price(const struct decision *d, FILE *out) {
    char all[64];
    bool has_names = !name_of_all(d, all, sizeof all), has_runs = d->count > 1;
    struct table *table = begin_price(d, has_names, has_runs);
    for (struct decision_finding f = {0}; decision_next(d, &f);)
        if (is_shown(&f) && table_add_row(table) == 0)
            set_row(table, d, f.run, f.c, has_names, has_runs);
    fputs("\n## Price and gain\n\n", out);
    form_end_table(&(struct form){out, true}, table);
    fputc('\n', out);
    if (!has_names)
        fprintf(out, "Of %s%s. ", all,
                decision_has_totals(&d->runs[0]) ? " (geometric means)" : "");
    fprintf(out,
            "Ratio: %s / %s, pair by pair within rounds; below 1 is better. *Visible "
            "from*: the smallest change that these rounds would have shown nine times in "
            "ten.",
            d->runs[0].variant, d->runs[0].base);
    explain_drivers(d, out);
    fputc('\n', out);
}

/* ---- who gains, and who loses ---- */

/* Whether it is of a single workload, and counts. */
static bool is_single(const struct comparison *c) {
    return !comparison_is_total(c) && decision_counts(c);
}

static const struct comparison *first_single(const struct decision_run *run,
                                             const char *measure) {
    const struct comparison *c = run->pair.comparisons;
    while (strcmp(c->measure, measure) != 0 || !is_single(c))
        c++;
    return c;
}

static void set_change(struct table *table, size_t column, const struct decision_run *run,
                       const struct comparison *c) {
    char name[DECISION_SHORT_MAX];
    if (c)
        table_set(table, column, "%s %+.1f %% [%+.1f, %+.1f]",
                  decision_name_of(run, c, name), 100 * (c->judged.ratio - 1),
                  100 * (c->judged.low - 1), 100 * (c->judged.high - 1));
}

/* Counts the verdicts on a measure's single workloads, and names the largest changes. */
static void set_measure(struct table *table, const struct decision_run *run,
                        const struct comparison *first) {
    size_t of[VERDICT_INCONCLUSIVE + 1] = {0};
    const struct comparison *largest[VERDICT_INCONCLUSIVE + 1] = {NULL};
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        enum verdict v = c->judged.verdict;
        if (strcmp(c->measure, first->measure) != 0 || !is_single(c))
            continue;
        of[v]++;
        if (!largest[v] ||
            fabs(log(c->judged.ratio)) > fabs(log(largest[v]->judged.ratio)))
            largest[v] = c;
    }
    table_set(table, 0, "%s", first->label);
    table_set(table, 1, "%zu", of[VERDICT_BETTER]);
    table_set(table, 2, "%zu", of[VERDICT_WORSE]);
    table_set(table, 3, "%zu", of[VERDICT_SAME]);
    table_set(table, 4, "%zu", of[VERDICT_INCONCLUSIVE]);
    set_change(table, 5, run, largest[VERDICT_BETTER]);
    set_change(table, 6, run, largest[VERDICT_WORSE]);
}

static void print_one_who(const struct decision *d, const struct decision_run *run,
                          FILE *out) {
    static const char *const header[] = {"workloads by", "better",       "worse",
                                         "same",         "inconclusive", "largest gain",
                                         "largest loss"};
    const char *source = decision_source(d, run);
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        if (is_single(c) && c == first_single(run, c->measure) &&
            table_add_row(table) == 0)
            set_measure(table, run, c);
    }
    fprintf(out, "\n%.3s%s", source, *source ? "\n\n" : "");
    form_end_table(&(struct form){out, true}, table);
}

void decision_print_who(const struct decision *d, FILE *out) {
    bool any = false;
    fputs("\n## Who gains, and who loses\n", out);
    for (size_t i = 0; i < d->count; i++)
        if (decision_has_totals(&d->runs[i])) {
            any = true;
            print_one_who(d, &d->runs[i], out);
        }
    if (!any)
        fputs("\nThe table above is all of it: no run has several workloads.\n", out);
}
