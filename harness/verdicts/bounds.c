#include "bounds.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "heap.h"
#include "reason.h"
#include "summary.h"
#include "text.h"
#include "units.h"

#define SCHEMA "tidemark-bounds"

struct bound {
    const char *workload, *variant, *measure; /* a series' name: measure.h */
    int threads;
    /* A bound in bytes has the first two. Any other bound has `most`. */
    double floor_factor, plus_mib, most;
    /* what a run measured: in the series' unit; `floor` is 0 if the bound needs none */
    double value, floor, limit;
    const char *fault; /* why it cannot be checked; or NULL */
};

static bool is_of_bytes(const struct bound *bound) {
    return strcmp(measure_unit(bound->measure), "bytes") == 0;
}

/* The name of the JSON member that holds `most`. */
static const char *name_of_most(const struct bound *bound) {
    return measure_is_ratio(bound->measure) ? "ratio" : "most";
}

static bool read_bound(json_t *json, struct bound *ret) {
    enum measure measure;
    *ret = (struct bound){0};
    if (json_unpack(json, "{s:s, s:s, s?i, s:s}", "workload", &ret->workload, "variant",
                    &ret->variant, "threads", &ret->threads, "measure",
                    &ret->measure) < 0 ||
        !measure_of_series(ret->measure, &measure))
        return false;
    if (!is_of_bytes(ret))
        return json_unpack(json, "{s:F}", name_of_most(ret), &ret->most) == 0 &&
               ret->most > 0;
    return json_unpack(json, "{s:F, s:F}", "floor_factor", &ret->floor_factor, "plus_mib",
                       &ret->plus_mib) == 0 &&
           ret->floor_factor >= 0 && ret->plus_mib >= 0;
}

json_t *bounds_new(void) {
    return json_pack("{s:s, s:i, s:[]}", "schema", SCHEMA, "schema_version",
                     BOUNDS_VERSION, "bounds");
}

int bounds_load(const char *path, json_t **ret, struct reason *reason) {
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        char line[32] = "";
        if (error.line > 0)
            snprintf(line, sizeof line, "line %d: ", error.line);
        reason_set(reason, "cannot read the bounds %s: %s%s", path, line, error.text);
        return -ENOENT;
    }
    const char *schema;
    int version;
    json_t *list;
    if (json_unpack(root, "{s:s, s:i, s:o}", "schema", &schema, "schema_version",
                    &version, "bounds", &list) < 0 ||
        strcmp(schema, SCHEMA) != 0 || version != BOUNDS_VERSION ||
        !json_is_array(list)) {
        reason_set(reason,
                   "%s holds no bounds that this tidemark reads (it wants \"" SCHEMA
                   "\", version %d); make some with `tidemark bounds --add=VARIANT`",
                   path, BOUNDS_VERSION);
    } else {
        struct bound bound;
        size_t good = 0;
        while (good < json_array_size(list) &&
               read_bound(json_array_get(list, good), &bound))
            good++;
        if (good == json_array_size(list)) {
            *ret = root;
            return 0;
        }
        reason_set(reason,
                   "bound %zu of %s is malformed; docs/verdicts.md describes the form",
                   good + 1, path);
    }
    json_decref(root);
    return -EBADMSG;
}

int bounds_write(const json_t *bounds, const char *path, struct reason *reason) {
    struct file_draft draft;
    int error = file_draft_begin(&draft, path, reason);
    if (error)
        return error;
    error = json_dumpf(bounds, draft.out, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    fputc('\n', draft.out);
    return file_draft_write(&draft, error ? -ENOMEM : 0, reason);
}

/* ---- what a run measured ---- */

static void measure(struct bound *bound, const struct summary *summary) {
    enum measure m;
    unsigned slot;
    const struct summary_row *row = NULL;
    if (measure_find(&summary->result->plan, bound->measure, &m, &slot))
        row = summary_find_series(summary, m, slot, bound->workload, bound->variant,
                                  (unsigned)bound->threads);
    bool is_ratio = row && measure_is_ratio(bound->measure);
    if (row && row->fault.failed)
        bound->fault = row->fault.fault;
    else if (!row || row->rounds == 0 ||
             (is_ratio ? row->versus[m].n == 0 : isnan(row->at[m])))
        bound->fault = "not measured";
    else if (bound->floor_factor > 0 && isnan(row->at[MEASURE_FLOOR]))
        bound->fault = "it has no page floor";
    if (bound->fault)
        return;
    bound->value = is_ratio ? row->versus[m].ratio : row->at[m];
    bound->floor = bound->floor_factor > 0 ? row->at[MEASURE_FLOOR] : 0;
    bound->limit = is_of_bytes(bound)
                       ? bound->floor_factor * bound->floor + bound->plus_mib * MIB
                       : bound->most;
}

static void describe(const struct bound *bound, struct bound_check *check) {
    char name[200], value[64];
    snprintf(name, sizeof name, bound->threads ? "%s/%s/%s at %d threads" : "%s/%s/%s",
             bound->variant, bound->workload, bound->measure, bound->threads);
    if (bound->fault) {
        snprintf(check->text, sizeof check->text, "%s: %s, so the bound is not checked",
                 name, bound->fault);
        return;
    }
    double over = 100 * (bound->value / bound->limit - 1);
    const char *side = over > 0 ? "above" : "below";
    measure_format(bound->measure, bound->value, value, sizeof value);
    if (!is_of_bytes(bound))
        snprintf(check->text, sizeof check->text, "%s: %s, %.1f %% %s the bound of %.3f",
                 name, value, fabs(over), side, bound->limit);
    else
        snprintf(check->text, sizeof check->text,
                 "%s: %.2f MiB, %.2f MiB (%.1f %%) %s the bound of %.2f MiB", name,
                 bound->value / MIB, fabs(bound->value - bound->limit) / MIB, fabs(over),
                 side, bound->limit / MIB);
    if (bound->floor_factor > 0)
        text_append(check->text, sizeof check->text,
                    " = %g x page floor (%.2f MiB) + %g MiB", bound->floor_factor,
                    bound->floor / MIB, bound->plus_mib);
}

struct bound_check *bounds_check(const json_t *bounds, const struct summary *summary,
                                 size_t *ret_count) {
    size_t i;
    json_t *json, *list = json_object_get(bounds, "bounds");
    struct bound_check *checks = heap_new(json_array_size(list), sizeof *checks);
    json_array_foreach(list, i, json) {
        struct bound bound;
        read_bound(json, &bound); /* checked by bounds_load() */
        measure(&bound, summary);
        checks[i].state = bound.fault                 ? BOUND_NOT_MEASURED
                          : bound.value > bound.limit ? BOUND_VIOLATED
                                                      : BOUND_HELD;
        describe(&bound, &checks[i]);
    }
    *ret_count = json_array_size(list);
    return checks;
}

/* ---- changing them ---- */

/* Rounds up, so that the measured figure stays within the bound. */
static json_t *rounded(double value, double step) {
    return json_real(ceil(value / step - 1e-9) * step);
}

/* Lowers `plus_mib` first. Lowers `floor_factor` only if that does not suffice. */
static void set_limit(json_t *json, const struct bound *bound, double limit) {
    double floor = bound->floor_factor * bound->floor;
    if (!is_of_bytes(bound)) {
        json_object_set_new(json, name_of_most(bound), rounded(limit, 0.001));
    } else if (limit >= floor) {
        json_object_set_new(json, "plus_mib", rounded((limit - floor) / MIB, 0.01));
    } else {
        json_object_set_new(json, "plus_mib", json_real(0));
        json_object_set_new(json, "floor_factor", rounded(limit / bound->floor, 0.001));
    }
}

size_t bounds_tighten(json_t *bounds, const struct summary *summary, double margin) {
    size_t i, lowered = 0;
    json_t *json;
    json_array_foreach(json_object_get(bounds, "bounds"), i, json) {
        struct bound bound;
        read_bound(json, &bound);
        measure(&bound, summary);
        double wanted = bound.value * (1 + margin);
        /* rounding up takes back as much as a step: a smaller gain is no progress */
        double step =
            !is_of_bytes(&bound) ? 0.001 : fmax(0.01 * MIB, 0.001 * bound.floor);
        if (bound.fault || wanted + step >= bound.limit)
            continue;
        set_limit(json, &bound, wanted);
        lowered++;
    }
    return lowered;
}

static bool has_bound(const json_t *bounds, const struct cell *cell,
                      const char *measured) {
    size_t i;
    json_t *json;
    json_array_foreach(json_object_get(bounds, "bounds"), i, json) {
        struct bound bound;
        read_bound(json, &bound);
        if (strcmp(bound.workload, cell->workload->name) == 0 &&
            strcmp(bound.variant, cell->variant->name) == 0 &&
            (unsigned)bound.threads == cell->threads &&
            strcmp(bound.measure, measured) == 0)
            return true;
    }
    return false;
}

size_t bounds_add(json_t *bounds, const struct summary *summary, const char *variant,
                  double margin) {
    size_t added = 0;
    for (size_t i = 0; i < summary->counts[CELL_MEMORY]; i++) {
        const struct summary_row *row = &summary->rows[CELL_MEMORY][i];
        char name[MEASURE_NAME_MAX];
        measure_series_name(&summary->result->plan, MEASURE_FOOTPRINT, row->cell.idle,
                            name);
        if (strcmp(row->cell.variant->name, variant) != 0 || row->rounds == 0 ||
            row->fault.failed || has_bound(bounds, &row->cell, name))
            continue;
        bool has_floor = !isnan(row->at[MEASURE_FLOOR]);
        double over = row->at[MEASURE_FOOTPRINT] * (1 + margin) -
                      (has_floor ? row->at[MEASURE_FLOOR] : 0);
        if (isnan(over)) /* a watched program may have ended before a checkpoint */
            continue;
        json_t *json =
            json_pack("{s:s, s:s, s:i, s:s, s:f}", "variant", variant, "workload",
                      row->cell.workload->name, "threads", (int)row->cell.threads,
                      "measure", name, "floor_factor", has_floor ? 1.0 : 0.0);
        json_object_set_new(json, "plus_mib", rounded(fmax(over, 0) / MIB, 0.01));
        json_array_append_new(json_object_get(bounds, "bounds"), json);
        added++;
    }
    return added;
}
