/* Price and gain, and who gains and who loses. */
#include <math.h>
#include <string.h>

#include "compare_report.h"
#include "decision_parts.h"
#include "decision_words.h"
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
        char name[64];
        if (!is_shown(&f))
            continue;
        decision_name_of(f.run, f.c, name, sizeof name);
        if (*buffer && strcmp(buffer, name) != 0)
            return false;
        snprintf(buffer, size, "%s", name);
    }
    return true;
}

/* Whether there is a column for what a row is of, and one for the run: only if the rows
 * differ in it. */
struct price_table {
    struct table *table;
    bool has_names, has_runs;
};

static void set_row(const struct decision *d, const struct decision_run *run,
                    const struct comparison *c, const struct price_table *price) {
    struct table *table = price->table;
    char text[96], label[64];
    bool is_change = verdict_is_change(c->judged.verdict);
    size_t column = 0;
    measure_label(c->measure, label, sizeof label);
    table_set(table, column++, "%s", label);
    decision_name_of(run, c, text, sizeof text);
    if (price->has_names)
        table_set(table, column++, "%s", text);
    format_value(run, c, run->base, c->median_a, text, sizeof text);
    table_set(table, column++, "%s", text);
    format_value(run, c, run->variant, c->median_b, text, sizeof text);
    table_set(table, column++, "%s", text);
    compare_format_ratio(c, text, sizeof text);
    table_set(table, column++, "%s", text);
    table_set(table, column++, "%s%s%s%s", is_change ? "**" : "",
              verdict_name(c->judged.verdict), is_change ? "**" : "",
              c->decides ? "" : " (decides nothing)");
    decision_format_visible(c, text, sizeof text);
    table_set(table, column++, "%s", text);
    if (price->has_runs)
        table_set(table, column, "%.3s", decision_source(d, run));
}

static void begin_price(const struct decision *d, const struct price_table *price) {
    const char *header[8];
    size_t columns = 0;
    header[columns++] = "figure";
    if (price->has_names)
        header[columns++] = "of";
    header[columns++] = d->runs[0].base;
    header[columns++] = d->runs[0].variant;
    header[columns++] = "ratio [95 % interval]";
    header[columns++] = "verdict";
    header[columns++] = "visible from";
    if (price->has_runs)
        header[columns++] = "run";
    table_begin(price->table, columns, header);
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

void decision_print_price(const struct decision *d, struct table *table, FILE *out) {
    char all[64];
    struct price_table price = {table, !name_of_all(d, all, sizeof all), d->count > 1};
    begin_price(d, &price);
    for (struct decision_finding f = {0}; decision_next(d, &f);)
        if (is_shown(&f) && table_add_row(table) == 0)
            set_row(d, f.run, f.c, &price);
    fputs("\n## Price and gain\n\n", out);
    table_print_markdown(table, out);
    fputc('\n', out);
    if (!price.has_names)
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

/* Sets the largest change with this verdict among a measure's single workloads. */
static void set_largest(const struct decision_run *run, const char *measure,
                        enum verdict verdict, struct table *table, size_t column) {
    const struct comparison *best = NULL;
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        if (strcmp(c->measure, measure) == 0 && is_single(c) &&
            c->judged.verdict == verdict &&
            (!best || fabs(log(c->judged.ratio)) > fabs(log(best->judged.ratio))))
            best = c;
    }
    char name[64];
    if (!best)
        return;
    decision_name_of(run, best, name, sizeof name);
    table_set(table, column, "%s %+.1f %% [%+.1f, %+.1f]", name,
              100 * (best->judged.ratio - 1), 100 * (best->judged.low - 1),
              100 * (best->judged.high - 1));
}

static void add_measure(const struct decision_run *run, const char *measure,
                        struct table *table) {
    size_t of[VERDICT_INCONCLUSIVE + 1] = {0};
    char label[64];
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        of[c->judged.verdict] += strcmp(c->measure, measure) == 0 && is_single(c);
    }
    if (table_add_row(table) < 0)
        return;
    measure_label(measure, label, sizeof label);
    table_set(table, 0, "%s", label);
    table_set(table, 1, "%zu", of[VERDICT_BETTER]);
    table_set(table, 2, "%zu", of[VERDICT_WORSE]);
    table_set(table, 3, "%zu", of[VERDICT_SAME]);
    table_set(table, 4, "%zu", of[VERDICT_INCONCLUSIVE]);
    set_largest(run, measure, VERDICT_BETTER, table, 5);
    set_largest(run, measure, VERDICT_WORSE, table, 6);
}

static void print_one_who(const struct decision *d, const struct decision_run *run,
                          struct table *table, FILE *out) {
    static const char *const header[] = {"workloads by", "better",       "worse",
                                         "same",         "inconclusive", "largest gain",
                                         "largest loss"};
    const char *source = decision_source(d, run);
    table_begin(table, sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        if (is_single(c) && c == first_single(run, c->measure))
            add_measure(run, c->measure, table);
    }
    fprintf(out, "\n%.3s%s", source, *source ? "\n\n" : "");
    table_print_markdown(table, out);
}

void decision_print_who(const struct decision *d, struct table *table, FILE *out) {
    bool any = false;
    fputs("\n## Who gains, and who loses\n", out);
    for (size_t i = 0; i < d->count; i++)
        if (decision_has_totals(&d->runs[i])) {
            any = true;
            print_one_who(d, &d->runs[i], table, out);
        }
    if (!any)
        fputs("\nThe table above is all of it: no run has several workloads.\n", out);
}
