#include "gap_table.h"

#include <math.h>

#include "report_group.h"
#include "result.h"
#include "summary.h"
#include "table.h"

enum { FIXED_COLUMNS = 3 };

/* The cells of a workload: one for each allocator that was measured. */
struct cells {
    const struct cell *at[TABLE_COLUMNS_MAX - FIXED_COLUMNS];
    size_t count;
};

static void find_cells(const struct group *group, struct cells *ret) {
    ret->count = 0;
    for (size_t v = 0; v < group->plan->variants.count; v++) {
        const struct summary_row *row = group_any(group, &group->plan->variants.at[v]);
        if (row && ret->count < TABLE_COLUMNS_MAX - FIXED_COLUMNS)
            ret->at[ret->count++] = &row->cell;
    }
}

static void set_footprint(struct table *table, size_t column, const struct result *result,
                          const struct cell *cell, size_t index) {
    double left = result_median_of(result, cell, reading_gap_left, &index);
    double floor = result_median_of(result, cell, reading_gap_floor, &index);
    if (!isnan(left) && floor > 0)
        table_set(table, column, "%.1f (%.2f)", left / MIB, left / floor);
    else
        form_set_mib(table, column, left);
}

/* Adds the row of the index-th gap. False if the first cell has no such gap, or the table
 * is full. */
static bool add_gap(struct table *table, const struct result *result,
                    const struct cells *cells, size_t index) {
    const struct cell *first = cells->at[0];
    double build = result_median_of(result, first, reading_gap_build, &index);
    if (isnan(build) || table_add_row(table) < 0)
        return false;
    table_set(table, 0, "%.0f", build);
    form_set_mib(table, 1, result_median_of(result, first, reading_gap_live, &index));
    form_set_mib(table, 2, result_median_of(result, first, reading_gap_floor, &index));
    for (size_t i = 0; i < cells->count; i++)
        set_footprint(table, FIXED_COLUMNS + i, result, cells->at[i], index);
    return true;
}

bool gap_table_make(const struct summary *summary, const char *workload, unsigned threads,
                    struct table *ret) {
    const char *header[TABLE_COLUMNS_MAX] = {"after build", "live", "page floor"};
    struct cells cells;
    find_cells(&(struct group){summary, &summary->result->plan, workload, threads},
               &cells);
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
