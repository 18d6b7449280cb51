#include "watchrows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "record.h"
#include "watchsubject.h"

double watchrows_figure(const struct summary *summary, const struct summary_row *cell,
                        enum measure measure) {
    if (cell->rounds)
        return cell->at[measure];
    const struct reading *first = result_reading(summary->result, &cell->cell, 1);
    return first ? first->at[measure] : NAN;
}

static void take_name(const struct plan *plan, const struct cell *cell,
                      char name[PLAN_CELL_NAME_MAX]) {
    if (plan->workload_count == 1 && plan->variants.count > 1)
        snprintf(name, PLAN_CELL_NAME_MAX, "%s", cell->variant->name);
    else if (plan->variants.count == 1 || strcmp(cell->variant->name, WATCH_AS_IS) == 0)
        snprintf(name, PLAN_CELL_NAME_MAX, "%s", cell->workload->name);
    else
        snprintf(name, PLAN_CELL_NAME_MAX, "%s, %s", cell->workload->name,
                 cell->variant->name);
}

/* The record of a cell in a round; the last one if there are several. */
static const json_t *find_record(const struct summary *summary, const struct cell *cell,
                                 unsigned round) {
    const json_t *records = json_object_get(summary->result->root, "records");
    char key[PLAN_KEY_MAX];
    plan_cell_key(cell, round, key, sizeof key);
    for (size_t i = json_array_size(records); i > 0; i--)
        if (strcmp(record_text(json_array_get(records, i - 1), "key"), key) == 0)
            return json_array_get(records, i - 1);
    return NULL;
}

static const json_t *record_to_show(const struct summary *summary,
                                    const struct cell *cell) {
    const json_t *shown = NULL;
    for (unsigned round = 1; round <= summary->result->plan.memory_rounds; round++) {
        const json_t *record = find_record(summary, cell, round);
        if (record_is_ok(record))
            return record;
        shown = shown ? shown : record;
    }
    return shown;
}

struct watch_rows watchrows_make(const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    struct watch_rows rows = {summary->counts[CELL_MEMORY] / plan->checkpoint_count,
                              NULL};
    rows.at = heap_new(rows.count, sizeof *rows.at);
    for (size_t i = 0; i < rows.count; i++) {
        struct watch_row *row = &rows.at[i];
        row->cells = &summary->rows[CELL_MEMORY][i * plan->checkpoint_count];
        take_name(plan, &row->cells->cell, row->name);
        row->record = record_to_show(summary, &row->cells->cell);
        const json_t *samples = json_object_get(row->record, "samples");
        row->samples = json_array_size(samples) ? samples : NULL;
    }
    return rows;
}

void watchrows_finish(struct watch_rows *rows) {
    free(rows->at);
}
