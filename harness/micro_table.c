/* See micro_table.h. */
#include "micro_table.h"

#include <string.h>

#include "stats.h"
#include "summary.h"
#include "table.h"

static double number_of(const json_t *json, const char *name) {
    return json_number_value(json_object_get(json, name));
}

static const char *text_of(const json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

bool micro_table_figure(const json_t *record, const char *name, double *ret_ns) {
    double ns = 0, pairs = 0;
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(record, "cases"), i, entry) {
        if (strcmp(text_of(entry, "name"), name) != 0)
            continue;
        ns += number_of(entry, "cpu") - number_of(entry, "loop");
        pairs += number_of(entry, "pairs");
    }
    if (pairs <= 0)
        return false;
    *ret_ns = ns / pairs;
    return true;
}

/* The timed records of one cell that went well, in any order of rounds. */
static bool is_of_cell(const json_t *record, const struct cell *cell) {
    return strcmp(text_of(record, "kind"), "timed") == 0 &&
           strcmp(text_of(record, "status"), "ok") == 0 &&
           strcmp(text_of(record, "workload"), cell->workload->name) == 0 &&
           strcmp(text_of(record, "variant"), cell->variant->name) == 0 &&
           number_of(record, "threads") == cell->threads;
}

static size_t over_rounds(const struct result *result, const struct cell *cell,
                          const char *name, double *ret_values) {
    size_t i, n = 0;
    json_t *record;
    json_array_foreach((json_t *)result->records, i, record) {
        if (n < result->plan.timed_rounds && is_of_cell(record, cell))
            n += micro_table_figure(record, name, &ret_values[n]);
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
        if (strcmp(text_of(record, "workload"), workload) != 0)
            continue;
        json_array_foreach(json_object_get(record, "cases"), k, entry) {
            const char *name = text_of(entry, "name");
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
        if (strcmp(cell->workload->name, workload) != 0 || cell->threads != threads)
            continue;
        if (table_add_row(ret) < 0)
            break;
        table_set(ret, 0, "%s", cell->variant->name);
        for (size_t k = 1; k <= cases; k++)
            set_case(summary->result, cell, header[k], ret, k);
    }
    return true;
}
