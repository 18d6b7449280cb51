#include "report_parts.h"

#include <math.h>
#include <string.h>

#include "stats.h"
#include "text.h"

double report_micro_figure(const struct reading *reading, const void *name) {
    double ns = 0, all_pairs = 0;
    for (size_t i = 0; i < reading->case_count; i++) {
        const struct reading_case *c = &reading->cases[i];
        if (strcmp(c->name, name) != 0 || isnan(c->cpu_ns - c->loop_ns) ||
            isnan(c->pairs))
            continue;
        ns += c->cpu_ns - c->loop_ns;
        all_pairs += c->pairs;
    }
    return all_pairs > 0 ? ns / all_pairs : NAN;
}

static void set_case(const struct result *result, const struct cell *cell,
                     const char *name, struct table *table, size_t column) {
    double values[result->plan.timed_rounds + 1], low, high;
    size_t n = result_collect(result, cell, report_micro_figure, name, values);
    if (n == 0) {
        table_set(table, column, "-");
        return;
    }
    stats_order_interval(values, n, 0.95, &low, &high);
    table_set(table, column, n < STATS_INTERVAL_MIN ? "%.1f" : "%.1f [%.1f, %.1f]",
              stats_median(values, n), low, high);
}

/* The names of the cases, in the order in which they first appear. */
static size_t list_cases(const struct group *g, const char **ret_names, size_t most) {
    const struct summary *summary = g->summary;
    size_t count = 0;
    for (size_t i = 0; i < summary->counts[CELL_TIMED]; i++)
        for (unsigned round = 1; round <= g->plan->timed_rounds; round++) {
            const struct cell *cell = &summary->rows[CELL_TIMED][i].cell;
            const struct reading *r = result_reading(summary->result, cell, round);
            if (!r || strcmp(cell->workload->name, g->workload) != 0)
                continue;
            for (size_t k = 0; k < r->case_count; k++)
                if (count < most && !text_is_among(ret_names, count, r->cases[k].name))
                    ret_names[count++] = r->cases[k].name;
        }
    return count;
}

struct table *report_micro(const struct group *g) {
    const char *header[TABLE_COLUMNS_MAX] = {"allocator"};
    size_t cases = list_cases(g, header + 1, TABLE_COLUMNS_MAX - 1);
    struct table *table = cases ? table_new(cases + 1, header) : NULL;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = group_timed(g, &g->plan->variants.at[v]);
        if (!row || table_add_row(table) < 0)
            continue;
        table_set(table, 0, "%s", row->cell.variant->name);
        for (size_t k = 1; k <= cases; k++)
            set_case(g->summary->result, &row->cell, header[k], table, k);
    }
    return table;
}
