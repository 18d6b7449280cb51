#include "report_group.h"

#include <stdlib.h>
#include <string.h>

static void print_heading(const struct form *form, const char *workload, unsigned threads,
                          const char *what) {
    char title[160];
    snprintf(title, sizeof title, "%s, %u thread%s%s%s", workload,
             REPORT_THREADS(threads), *what ? ": " : "", what);
    form_heading(form, title);
}

void report_each_group(const struct form *form, const struct summary *summary,
                       const char *what,
                       void (*print)(const struct form *, const struct group *)) {
    const struct plan *plan = &summary->result->plan;
    for (size_t w = 0; w < plan->workload_count; w++)
        for (size_t t = 0; t < plan->thread_counts; t++) {
            struct group group = {summary, plan, plan->workloads[w].name,
                                  plan->threads[t]};
            print_heading(form, group.workload, group.threads, what);
            print(form, &group);
        }
}

void report_group_tables(const struct form *form, const struct summary *summary,
                         report_make_table *make, const char *what) {
    const struct plan *plan = &summary->result->plan;
    struct table *table = malloc(sizeof *table);
    for (size_t w = 0; table && w < plan->workload_count; w++)
        for (size_t t = 0; t < plan->thread_counts; t++) {
            const char *workload = plan->workloads[w].name;
            if (!make(summary, workload, plan->threads[t], table))
                continue;
            print_heading(form, workload, plan->threads[t], what);
            form_table(form, table);
        }
    free(table);
}

void report_by_driver(const struct form *form, const struct group *group, size_t columns,
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
                table_set(table, 2, row->fault.failed ? "failed" : "-");
        }
    form_end_table(form, table);
}
