/* See report_form.h. */
#include "report_form.h"

#include <stdlib.h>
#include <string.h>

void form_heading(const struct form *form, const char *text) {
    fprintf(form->out, form->markdown ? "\n### %s\n\n" : "\n%s\n\n", text);
}

void form_bullet(const struct form *form) {
    fputs(form->markdown ? "- " : "  * ", form->out);
}

void form_table(const struct form *form, const struct table *table) {
    if (form->markdown)
        table_print_markdown(table, form->out);
    else
        table_print_terminal(table, form->out);
}

void form_fold(FILE *out, const char *title) {
    fprintf(out, "\n<details><summary>%s</summary>\n", title);
}

void form_unfold(FILE *out) {
    fputs("\n</details>\n", out);
}

void form_each_group(const struct form *form, const struct summary *summary,
                     const char *what,
                     void (*print)(const struct form *, const struct group *)) {
    const struct plan *plan = &summary->result->plan;
    for (size_t w = 0; w < plan->workload_count; w++)
        for (size_t t = 0; t < plan->thread_counts; t++) {
            struct group group = {summary, plan, plan->workloads[w].name,
                                  plan->threads[t]};
            char title[128];
            snprintf(title, sizeof title, "%s, %u threads%s%s", group.workload,
                     group.threads, *what ? ": " : "", what);
            form_heading(form, title);
            print(form, &group);
        }
}

void form_by_driver(const struct form *form, const struct group *group, size_t columns,
                    const char *const header[],
                    void (*set)(struct table *, const struct group *,
                                const struct summary_memory *)) {
    struct table *table = malloc(sizeof *table);
    if (!table)
        return;
    table_begin(table, columns, header);
    for (int idle = 0; idle < IDLE_DRIVERS; idle++)
        for (size_t v = 0; v < group->plan->variants.count; v++) {
            const struct summary_memory *row =
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
    form_table(form, table);
    free(table);
}

void form_set_mib(struct table *table, size_t column, double bytes) {
    table_set(table, column, "%.1f", bytes / MIB);
}

/* "0.87 [0.85, 0.90] better" */
void form_set_verdict(struct table *table, size_t column,
                      const struct stats_comparison *versus) {
    if (versus->verdict == STATS_NONE)
        table_set(table, column, "-");
    else if (versus->pairs < STATS_PAIRS_MIN)
        table_set(table, column, "%.2f (%zu of %d pairs)", versus->ratio.median,
                  versus->pairs, STATS_PAIRS_MIN);
    else
        table_set(table, column, "%.2f [%.2f, %.2f] %s", versus->ratio.median,
                  versus->ratio.low, versus->ratio.high,
                  stats_verdict_name(versus->verdict));
}
