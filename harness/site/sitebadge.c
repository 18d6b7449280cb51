#include "site.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "summary.h"

/* NAN where a cell failed, or none was measured. */
static double over_floor(const struct summary *summary, const char *variant) {
    double held = 0, floor = 0;
    for (size_t i = 0; summary && i < summary->counts[CELL_MEMORY]; i++) {
        const struct summary_row *row = &summary->rows[CELL_MEMORY][i];
        if (row->cell.idle != IDLE_DEAD || row->cell.workload->is_control ||
            strcmp(row->cell.variant->name, variant) != 0)
            continue;
        if (row->fault.failed || row->rounds == 0)
            return NAN;
        held += row->at[MEASURE_FOOTPRINT] - row->at[MEASURE_BASELINE];
        floor += row->at[MEASURE_FLOOR];
    }
    return held / floor;
}

static const char *colour_of(const struct summary *summary, const json_t *bounds) {
    size_t count, held = 0, violated = 0;
    if (!summary || !bounds)
        return "lightgrey";
    struct bound_check *checks = bounds_check(bounds, summary, &count);
    for (size_t i = 0; i < count; i++) {
        held += checks[i].state == BOUND_HELD;
        violated += checks[i].state == BOUND_VIOLATED;
    }
    free(checks);
    if (violated)
        return "red";
    return count && held == count ? "brightgreen" : "lightgrey";
}

json_t *sitebadge_make(const struct summary *summary, const json_t *bounds,
                       const char *variant) {
    char label[64], message[80];
    double ratio = over_floor(summary, variant);
    const char *colour = isfinite(ratio) ? colour_of(summary, bounds) : "lightgrey";
    snprintf(label, sizeof label, "%s, idle", variant);
    if (isfinite(ratio))
        snprintf(message, sizeof message, "%.2f x page floor%s", ratio,
                 strcmp(colour, "red") == 0 ? ", over a bound" : "");
    else
        snprintf(message, sizeof message, "not measured");
    return json_pack("{s:i, s:s, s:s, s:s}", "schemaVersion", 1, "label", label,
                     "message", message, "color", colour);
}
