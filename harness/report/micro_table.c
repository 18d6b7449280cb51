/* See micro_table.h. */
#include "micro_table.h"

#include <string.h>

#include "record.h"
#include "result.h"
#include "stats.h"
#include "summary.h"
#include "table.h"

bool micro_table_figure(const json_t *record, const char *name, double *ret_ns) {
    double ns = 0, all_pairs = 0;
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(record, "cases"), i, entry) {
        double cpu, loop, pairs;
        if (strcmp(record_text(entry, "name"), name) != 0 ||
            !record_number(entry, "cpu", &cpu) || !record_number(entry, "loop", &loop) ||
            !record_number(entry, "pairs", &pairs))
            continue;
        ns += cpu - loop;
        all_pairs += pairs;
    }
    if (all_pairs <= 0)
        return false;
    *ret_ns = ns / all_pairs;
    return true;
}

static size_t over_rounds(const struct result *result, const struct cell *cell,
                          const char *name, double *ret_values) {
    size_t n = 0;
    for (unsigned round = 1; round <= result->plan.timed_rounds; round++) {
        const json_t *record = result_record(result, cell, round);
        n += record_is_ok(record) && micro_table_figure(record, name, &ret_values[n]);
    }
    return n;
}

static void set_case(const struct result *result, const struct cell *cell,
                     const char *name, struct table *table, size_t column) {
    double values[result->plan.timed_rounds + 1];
    struct stats_interval interval;
    size_t n = over_rounds(result, cell, name, values);
    if (n == 0 ||
        stats_bootstrap_median(values, n, 0.95, result->plan.seed, &interval) < 0) {
        table_set(table, column, "-");
        return;
    }
    double low, high; /* the wider of the two: see docs/measuring.md */
    stats_order_interval(values, n, 0.95, &low, &high);
    table_set(table, column, n < STATS_PAIRS_MIN ? "%.1f" : "%.1f [%.1f, %.1f]",
              interval.median, low < interval.low ? low : interval.low,
              high > interval.high ? high : interval.high);
}

static bool is_known(const char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The cases' names, in the order in which the first record has them. */
static size_t list_cases(const struct result *result, const char *workload,
                         const char **ret_names, size_t most) {
    size_t i, k, count = 0;
    json_t *record, *entry;
    json_array_foreach((json_t *)result->records, i, record) {
        if (strcmp(record_text(record, "workload"), workload) != 0)
            continue;
        json_array_foreach(json_object_get(record, "cases"), k, entry) {
            const char *name = record_text(entry, "name");
            if (count < most && !is_known(ret_names, count, name))
                ret_names[count++] = name;
        }
    }
    return count;
}

bool micro_table_make(const struct summary *summary, const char *workload,
                      unsigned threads, struct table *ret) {
    const char *header[TABLE_COLUMNS_MAX] = {"allocator"};
    size_t cases =
        list_cases(summary->result, workload, header + 1, TABLE_COLUMNS_MAX - 1);
    if (cases == 0)
        return false;
    table_begin(ret, cases + 1, header);
    for (size_t i = 0; i < summary->timed_count; i++) {
        const struct cell *cell = &summary->timed[i].cell;
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
