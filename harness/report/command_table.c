#include "report_parts.h"
#include "stats.h"

/* Sets "3.52 [3.41, 3.70]": the median, the least and the most, in seconds. */
static void set_range(struct table *table, size_t column, const struct summary *summary,
                      const struct cell *cell, enum measure measure) {
    double values[summary->result->plan.timed_rounds + 1];
    size_t n = result_values(summary->result, cell, measure, values);
    if (n == 0) {
        table_set(table, column, "-");
        return;
    }
    double median = stats_sort(values, n);
    table_set(table, column, "%.3f [%.3f, %.3f]", median, values[0], values[n - 1]);
}

static void add_row(struct table *table, const struct summary *summary,
                    const struct summary_row *row) {
    if (table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", row->cell.variant->name);
    set_range(table, 1, summary, &row->cell, MEASURE_TIME);
    form_set_verdict(table, 2, &row->versus[MEASURE_TIME]);
    set_range(table, 3, summary, &row->cell, MEASURE_USER);
    set_range(table, 4, summary, &row->cell, MEASURE_SYSTEM);
    table_set(table, 5, "%zu of %zu", row->outliers, row->rounds);
}

static void print_table(const struct form *form, const struct summary *summary,
                        enum memory_condition memory) {
    const struct plan *plan = &summary->result->plan;
    static const char *const header[] = {"command", "wall s",   NULL,
                                         "user s",  "system s", "outliers"};
    char title[96];
    snprintf(title, sizeof title, "%s%s%s", plan->workloads[0].name,
             memory == MEMORY_ANY ? "" : ", memory ",
             memory == MEMORY_ANY ? "" : plan_memory_name(memory));
    form_heading(form, title);
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    table_set(table, 2, "wall / %s", plan->reference);
    for (size_t i = 0; i < summary->counts[CELL_TIMED]; i++)
        if (summary->rows[CELL_TIMED][i].cell.memory == memory)
            add_row(table, summary, &summary->rows[CELL_TIMED][i]);
    form_end_table(form, table);
}

void report_commands(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    for (int memory = 0; memory < MEMORY_CONDITIONS; memory++)
        if (plan->memory[memory])
            print_table(form, summary, (enum memory_condition)memory);
    fprintf(form->out,
            "\n"
            "Times are of whole processes: median [least, most] of %u rounds. Ratios are "
            "of pairs within rounds: mean of logarithms [95 %% interval]; `same`: within "
            "%g %%. Below 1 is better.\n\n",
            plan->timed_rounds, 100 * plan->time_tolerance);
}
