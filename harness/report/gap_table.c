/* See gap_table.h. */
#include "gap_table.h"

#include <string.h>

#include "figures.h"
#include "record.h"
#include "report_group.h"
#include "result.h"
#include "stats.h"
#include "summary.h"
#include "table.h"

enum { FIXED_COLUMNS = 3 };

/* The cells of a workload: one for each allocator, of the first idle driver. */
struct cells {
    const struct cell *at[TABLE_COLUMNS_MAX - FIXED_COLUMNS];
    size_t count;
};

static void find_cells(const struct summary *summary, const char *workload,
                       unsigned threads, struct cells *ret) {
    ret->count = 0;
    for (size_t i = 0; i < summary->memory_count; i++) {
        const struct cell *cell = &summary->memory[i].cell;
        if (strcmp(cell->workload->name, workload) == 0 && cell->threads == threads &&
            (ret->count == 0 || cell->idle == ret->at[0]->idle) &&
            ret->count < TABLE_COLUMNS_MAX - FIXED_COLUMNS)
            ret->at[ret->count++] = cell;
    }
}

static const json_t *gap_of(const json_t *record, size_t index) {
    return json_array_get(json_object_get(record, "gaps"), index);
}

/* A member of a gap in every round that went well; returns how many there are. */
static size_t members(const struct result *result, const struct cell *cell, size_t index,
                      const char *name, double *ret_values) {
    size_t n = 0;
    for (unsigned round = 1; round <= result->plan.memory_rounds; round++) {
        const json_t *record = result_record(result, cell, round);
        if (record_is_ok(record))
            n += record_number(gap_of(record, index), name, &ret_values[n]);
    }
    return n;
}

/* Likewise of the footprint without the baseline. */
static size_t footprints(const struct result *result, const struct cell *cell,
                         size_t index, double *ret_values) {
    size_t n = 0;
    for (unsigned round = 1; round <= result->plan.memory_rounds; round++) {
        const json_t *record = result_record(result, cell, round);
        double footprint, baseline;
        if (record_is_ok(record) && figure_baseline(record, &baseline) &&
            record_number(json_object_get(gap_of(record, index), "memory"), "footprint",
                          &footprint))
            ret_values[n++] = footprint - baseline;
    }
    return n;
}

static void set_member(struct table *table, size_t column, const struct result *result,
                       const struct cell *cell, size_t index, const char *name) {
    double values[result->plan.memory_rounds + 1];
    size_t n = members(result, cell, index, name, values);
    if (n == 0)
        table_set(table, column, "-");
    else
        form_set_mib(table, column, stats_median(values, n));
}

static void set_footprint(struct table *table, size_t column, const struct result *result,
                          const struct cell *cell, size_t index) {
    double left[result->plan.memory_rounds + 1], floors[result->plan.memory_rounds + 1];
    size_t n = footprints(result, cell, index, left);
    size_t m = members(result, cell, index, "floor", floors);
    double floor = m ? stats_median(floors, m) : 0;
    if (n == 0)
        table_set(table, column, "-");
    else if (floor > 0)
        table_set(table, column, "%.1f (%.2f)", stats_median(left, n) / MIB,
                  stats_median(left, n) / floor);
    else
        table_set(table, column, "%.1f", stats_median(left, n) / MIB);
}

/* False where the first cell has no such gap. */
static bool add_gap(struct table *table, const struct result *result,
                    const struct cells *cells, size_t index) {
    double values[result->plan.memory_rounds + 1];
    size_t n = members(result, cells->at[0], index, "n", values);
    if (n == 0 || table_add_row(table) < 0)
        return false;
    table_set(table, 0, "%.0f", values[0]);
    set_member(table, 1, result, cells->at[0], index, "live");
    set_member(table, 2, result, cells->at[0], index, "floor");
    for (size_t i = 0; i < cells->count; i++)
        set_footprint(table, FIXED_COLUMNS + i, result, cells->at[i], index);
    return true;
}

bool gap_table_make(const struct summary *summary, const char *workload, unsigned threads,
                    struct table *ret) {
    const char *header[TABLE_COLUMNS_MAX] = {"after build", "live", "page floor"};
    struct cells cells;
    find_cells(summary, workload, threads, &cells);
    if (cells.count == 0)
        return false;
    for (size_t i = 0; i < cells.count; i++)
        header[FIXED_COLUMNS + i] = cells.at[i]->variant->name;
    table_begin(ret, FIXED_COLUMNS + cells.count, header);
    size_t index = 0;
    while (add_gap(ret, summary->result, &cells, index))
        index++;
    return index > 0;
}
