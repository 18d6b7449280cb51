#include "watchrows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "record.h"
#include "watchsubject.h"

static const struct plan *plan_of(const struct summary *summary) {
    return &summary->result->plan;
}

size_t watchrows_count(const struct summary *summary) {
    return summary->counts[CELL_MEMORY] / plan_of(summary)->checkpoint_count;
}

const struct summary_row *watchrows_cells(const struct summary *summary, size_t row) {
    return &summary->rows[CELL_MEMORY][row * plan_of(summary)->checkpoint_count];
}

double watchrows_figure(const struct summary *summary, const struct summary_row *cell,
                        enum measure measure) {
    if (cell->rounds)
        return cell->at[measure];
    const struct reading *first = result_reading(summary->result, &cell->cell, 1);
    return first ? first->at[measure] : NAN;
}

void watchrows_name(const struct summary *summary, size_t row, char *buffer,
                    size_t size) {
    const struct plan *plan = plan_of(summary);
    const struct cell *cell = &watchrows_cells(summary, row)->cell;
    if (plan->workload_count == 1 && plan->variants.count > 1)
        snprintf(buffer, size, "%s", cell->variant->name);
    else if (plan->variants.count == 1 || strcmp(cell->variant->name, WATCH_AS_IS) == 0)
        snprintf(buffer, size, "%s", cell->workload->name);
    else
        snprintf(buffer, size, "%s, %s", cell->workload->name, cell->variant->name);
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

const json_t *watchrows_shown(const struct summary *summary, size_t row) {
    const struct cell *cell = &watchrows_cells(summary, row)->cell;
    const json_t *shown = NULL;
    for (unsigned round = 1; round <= plan_of(summary)->memory_rounds; round++) {
        const json_t *record = find_record(summary, cell, round);
        if (record_is_ok(record))
            return record;
        shown = shown ? shown : record;
    }
    return shown;
}

bool watchrows_has_samples(const struct summary *summary, size_t row) {
    return json_array_size(json_object_get(watchrows_shown(summary, row), "samples")) > 0;
}
