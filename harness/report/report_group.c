#include "report_parts.h"

void report_each_group(const struct form *form, const struct summary *summary,
                       const char *what, report_make *make) {
    const struct plan *plan = &summary->result->plan;
    for (size_t w = 0; w < plan->workload_count; w++)
        for (size_t t = 0; t < plan->thread_counts; t++) {
            struct group group = {summary, plan, plan->workloads[w].name,
                                  plan->threads[t]};
            struct table *table = make(&group);
            char title[160];
            snprintf(title, sizeof title, "%s, %u thread%s%s%s", group.workload,
                     REPORT_THREADS(group.threads), *what ? ": " : "", what);
            if (table)
                form_heading(form, title);
            form_end_table(form, table);
        }
}

void report_set_missing(struct table *table, size_t column,
                        const struct summary_row *row) {
    table_set(table, column, row && row->fault.failed ? "failed" : "-");
}

struct table *report_by_driver(const struct group *group, size_t columns,
                               const char *const header[],
                               void (*set)(struct table *, const struct group *,
                                           const struct summary_row *)) {
    struct table *table = table_new(columns, header);
    for (int idle = 0; idle < IDLE_DRIVERS; idle++)
        for (size_t v = 0; v < group->plan->variants.count; v++) {
            const struct summary_row *row =
                group_memory(group, &group->plan->variants.at[v], (enum idle_driver)idle);
            if (!row || table_add_row(table) < 0)
                continue;
            table_set(table, 0, "%s", row->cell.variant->name);
            table_set(table, 1, "%s", plan_idle_name((enum idle_driver)idle));
            if (row->rounds)
                set(table, group, row);
            else
                report_set_missing(table, 2, row);
        }
    return table;
}
