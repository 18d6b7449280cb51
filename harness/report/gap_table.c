#include "gap_table.h"

#include <math.h>
#include <string.h>

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
    for (size_t i = 0; i < summary->counts[CELL_MEMORY]; i++) {
        const struct cell *cell = &summary->rows[CELL_MEMORY][i].cell;
        if (strcmp(cell->workload->name, workload) == 0 && cell->threads == threads &&
            (ret->count == 0 || cell->idle == ret->at[0]->idle) &&
            ret->count < TABLE_COLUMNS_MAX - FIXED_COLUMNS)
            ret->at[ret->count++] = cell;
    }
}

/* A figure of one gap of a reading. */
typedef double gap_figure(const struct reading *reading, const struct reading_gap *gap);

static double gap_build(const struct reading *reading, const struct reading_gap *gap) {
    (void)reading;
    return gap->build;
}

static double gap_live(const struct reading *reading, const struct reading_gap *gap) {
    (void)reading;
    return gap->live;
}

static double gap_floor(const struct reading *reading, const struct reading_gap *gap) {
    (void)reading;
    return gap->floor;
}

static double gap_left(const struct reading *reading, const struct reading_gap *gap) {
    return gap->footprint - reading->at[MEASURE_BASELINE];
}

/* The median of a figure of the index-th gap (from 0) over the rounds that went well; NAN
 * if none has that gap. */
static double median_of(const struct result *result, const struct cell *cell,
                        size_t index, gap_figure *get) {
    double values[result->plan.memory_rounds + 1];
    size_t n = 0;
    for (unsigned round = 1; round <= result->plan.memory_rounds; round++) {
        const struct reading *r = result_good(result, cell, round);
        double value = r && index < r->gap_count ? get(r, &r->gaps[index]) : NAN;
        if (!isnan(value))
            values[n++] = value;
    }
    return n ? stats_median(values, n) : NAN;
}

static void set_mib(struct table *table, size_t column, double bytes) {
    if (isnan(bytes))
        table_set(table, column, "-");
    else
        form_set_mib(table, column, bytes);
}

static void set_footprint(struct table *table, size_t column, const struct result *result,
                          const struct cell *cell, size_t index) {
    double left = median_of(result, cell, index, gap_left);
    double floor = median_of(result, cell, index, gap_floor);
    if (!isnan(left) && floor > 0)
        table_set(table, column, "%.1f (%.2f)", left / MIB, left / floor);
    else
        set_mib(table, column, left);
}

/* Adds the row of the index-th gap. False if the first cell has no such gap, or the table
 * is full. */
static bool add_gap(struct table *table, const struct result *result,
                    const struct cells *cells, size_t index) {
    double build = median_of(result, cells->at[0], index, gap_build);
    if (isnan(build) || table_add_row(table) < 0)
        return false;
    table_set(table, 0, "%.0f", build);
    set_mib(table, 1, median_of(result, cells->at[0], index, gap_live));
    set_mib(table, 2, median_of(result, cells->at[0], index, gap_floor));
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
