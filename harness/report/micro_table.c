#include "micro_table.h"

#include <math.h>
#include <string.h>

#include "result.h"
#include "stats.h"
#include "summary.h"
#include "table.h"
#include "text.h"

double micro_table_figure(const struct reading *reading, const void *name) {
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
    size_t n = result_collect(result, cell, micro_table_figure, name, values);
    if (n == 0) {
        table_set(table, column, "-");
        return;
    }
    stats_order_interval(values, n, 0.95, &low, &high);
    table_set(table, column, n < STATS_INTERVAL_MIN ? "%.1f" : "%.1f [%.1f, %.1f]",
              stats_median(values, n), low, high);
}

/* The names of the cases, in the order in which they first appear. */
static size_t list_cases(const struct summary *summary, const char *workload,
                         const char **ret_names, size_t most) {
    const struct result *result = summary->result;
    size_t count = 0;
    for (size_t i = 0; i < summary->counts[CELL_TIMED]; i++)
        for (unsigned round = 1; round <= result->plan.timed_rounds; round++) {
            const struct cell *cell = &summary->rows[CELL_TIMED][i].cell;
            const struct reading *r = result_reading(result, cell, round);
            if (!r || strcmp(cell->workload->name, workload) != 0)
                continue;
            for (size_t k = 0; k < r->case_count; k++)
                if (count < most && !text_is_among(ret_names, count, r->cases[k].name))
                    ret_names[count++] = r->cases[k].name;
        }
    return count;
}

bool micro_table_make(const struct summary *summary, const char *workload,
                      unsigned threads, struct table *ret) {
    const char *header[TABLE_COLUMNS_MAX] = {"allocator"};
    size_t cases = list_cases(summary, workload, header + 1, TABLE_COLUMNS_MAX - 1);
    if (cases == 0)
        return false;
    table_begin(ret, cases + 1, header);
    for (size_t i = 0; i < summary->counts[CELL_TIMED]; i++) {
        const struct cell *cell = &summary->rows[CELL_TIMED][i].cell;
        if (strcmp(cell->workload->name, workload) != 0 || cell->threads != threads ||
            cell->memory != plan_main_memory(&summary->result->plan, CELL_TIMED))
            continue;
        if (table_add_row(ret) < 0)
            break;
        table_set(ret, 0, "%s", cell->variant->name);
        for (size_t k = 1; k <= cases; k++)
            set_case(summary->result, cell, header[k], ret, k);
    }
    return true;
}
