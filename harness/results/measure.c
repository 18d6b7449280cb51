#include "measure.h"

#include <stdio.h>
#include <string.h>

#include "reading.h"
#include "units.h"

#define PATH(text) text, NULL, NULL
#define WATCHED(text) NULL, text, NULL
#define BOTH(text, watched) text, watched, NULL
#define DERIVED(function) NULL, NULL, function
#define NOT SERIES_NOT
#define TIMED SERIES_TIMED
#define ONCE SERIES_ONCE
#define IDLE SERIES_IDLE
#define DECIDES true
#define BESIDE false
#define MEASURE(id, name, label, unit, series, decides, tolerance, least, source)        \
    {name, label, UNIT_##unit, series, decides, tolerance, least, source},
const struct measure_info measures[MEASURES] = {
#include "measures.def"
};

/* ---- slots ---- */

static unsigned first_idle(const struct plan *plan) {
    unsigned slot = 0;
    while (slot < MEASURE_SLOTS && !plan_has_idle(plan, slot))
        slot++;
    return slot;
}

/* Whether the plan's records have a measure. */
static bool is_recorded(const struct plan *plan, enum measure measure) {
    const struct measure_info *m = &measures[measure];
    return plan_is_watched(plan) ? m->watched != NULL : m->path || m->derive;
}

enum cell_kind measure_kind(enum measure measure) {
    return measures[measure].series == SERIES_TIMED ? CELL_TIMED : CELL_MEMORY;
}

bool measure_has_slot(const struct plan *plan, enum measure measure, unsigned slot) {
    if (plan_rounds(plan, measure_kind(measure)) == 0 || !is_recorded(plan, measure))
        return false;
    switch (measures[measure].series) {
    case SERIES_TIMED:
        return slot < MEMORY_CONDITIONS && plan->memory[slot];
    case SERIES_ONCE:
        return slot == 0;
    case SERIES_IDLE:
        return plan_has_idle(plan, slot);
    default:
        return false;
    }
}

bool measure_next(const struct plan *plan, struct measure_series_id *s) {
    for (s->slot++; s->measure < MEASURES; s->measure++, s->slot = 0)
        for (; s->slot < MEASURE_SLOTS; s->slot++)
            if (measure_has_slot(plan, s->measure, s->slot))
                return true;
    return false;
}

unsigned measure_slot_of(enum measure measure, const struct cell *cell) {
    switch (measures[measure].series) {
    case SERIES_TIMED:
        return cell->memory;
    case SERIES_IDLE:
        return cell->idle;
    default:
        return 0;
    }
}

bool measure_is_of(const struct plan *plan, enum measure measure, unsigned slot,
                   const struct cell *cell) {
    if (!measure_has_slot(plan, measure, slot) || cell->kind != measure_kind(measure))
        return false;
    return measures[measure].series == SERIES_ONCE
               ? cell->idle == first_idle(plan)
               : measure_slot_of(measure, cell) == slot;
}

double measure_tolerance(const struct plan *plan, enum measure measure) {
    if (measures[measure].tolerance > 0)
        return measures[measure].tolerance;
    return measure_kind(measure) == CELL_TIMED ? plan->time_tolerance
                                               : plan->memory_tolerance;
}

/* ---- names of series ---- */

/* Whether tidemark itself makes a watched program's checkpoint of this name. */
static bool is_own(const char *checkpoint) {
    int length = 0;
    sscanf(checkpoint, "idle@%*[0-9.]s%n", &length);
    return strcmp(checkpoint, "end") == 0 || (length && !checkpoint[length]);
}

/* Whether a text names the slot of an idle series: a checkpoint or an idle driver. */
static bool is_idle(const char *text) {
    return is_own(text) || (text[0] == '@' && text[1]) || plan_idle_parse(text) >= 0;
}

void measure_series_name(const struct plan *plan, enum measure measure, unsigned slot,
                         char buffer[MEASURE_NAME_MAX]) {
    const struct measure_info *m = &measures[measure];
    bool is_main =
        m->series != SERIES_TIMED || slot == plan_main_memory(plan, CELL_TIMED);
    if (m->series == SERIES_IDLE) {
        const char *idle = plan_idle_of(plan, slot);
        snprintf(buffer, MEASURE_NAME_MAX, "%s%s%s%s",
                 plan_is_watched(plan) && !is_own(idle) ? "@" : "", idle,
                 *m->name ? "-" : "", m->name);
    } else
        snprintf(buffer, MEASURE_NAME_MAX, "%s%s%s", m->name, is_main ? "" : "-",
                 is_main ? "" : plan_memory_name((enum memory_condition)slot));
}

bool measure_find(const struct plan *plan, const char *series, enum measure *ret,
                  unsigned *ret_slot) {
    for (struct measure_series_id s = MEASURE_BEGIN; measure_next(plan, &s);) {
        char name[MEASURE_NAME_MAX];
        measure_series_name(plan, s.measure, s.slot, name);
        *ret = s.measure;
        *ret_slot = s.slot;
        if (strcmp(series, name) == 0)
            return true;
    }
    return false;
}

/* Splits a name such as "idle@30s-file-text" into a slot and a measure. Of the measures
 * whose names end it, it takes the one with the longest name. */
static bool find_idle_series(const char *name, enum measure *ret,
                             char slot[MEASURE_NAME_MAX]) {
    size_t length = strlen(name), longest = 0;
    bool found = false;
    for (enum measure m = 0; m < MEASURES; m++) {
        size_t own = strlen(measures[m].name), cut = own ? own + 1 : 0;
        char before[MEASURE_NAME_MAX];
        if (measures[m].series != SERIES_IDLE || cut > length || cut < longest ||
            (own && (name[length - cut] != '-' ||
                     strcmp(name + length - own, measures[m].name) != 0)))
            continue;
        snprintf(before, sizeof before, "%.*s", (int)(length - cut), name);
        if (!is_idle(before))
            continue;
        memcpy(slot, before, sizeof before);
        longest = cut;
        *ret = m;
        found = true;
    }
    return found;
}

/* Splits a series' name into a measure and the name of a slot, which is "" if the name
 * has none. */
static bool find_series(const char *name, enum measure *ret,
                        char slot[MEASURE_NAME_MAX]) {
    *slot = '\0';
    for (*ret = 0; *ret < MEASURES; (*ret)++) {
        const struct measure_info *m = &measures[*ret];
        size_t length = strlen(m->name);
        if (m->series != SERIES_TIMED && m->series != SERIES_ONCE)
            continue;
        if (strcmp(name, m->name) == 0)
            return true;
        if (m->series == SERIES_TIMED && strncmp(name, m->name, length) == 0 &&
            name[length] == '-' && plan_memory_parse(name + length + 1) >= 0) {
            snprintf(slot, MEASURE_NAME_MAX, "%s", name + length + 1);
            return true;
        }
    }
    return find_idle_series(name, ret, slot);
}

bool measure_checkpoint_name(const char *name, char *buffer, size_t size) {
    char slot[MEASURE_NAME_MAX];
    enum measure measure;
    int length = snprintf(buffer, size, "%s%s", is_own(name) ? "" : "@", name);
    return length > 0 && (size_t)length < size &&
           find_idle_series(buffer, &measure, slot) && measure == MEASURE_FOOTPRINT;
}

bool measure_of_series(const char *name, enum measure *ret) {
    char slot[MEASURE_NAME_MAX];
    return find_series(name, ret, slot);
}

bool measure_is_ratio(const char *series) {
    enum measure measure;
    return measure_of_series(series, &measure) &&
           measures[measure].series == SERIES_TIMED;
}

bool measure_decides(const char *series) {
    enum measure measure;
    return measure_of_series(series, &measure) && measures[measure].decides;
}

void measure_label(const char *series, char *buffer, size_t size) {
    enum measure measure;
    char slot[MEASURE_NAME_MAX];
    if (!find_series(series, &measure, slot))
        snprintf(buffer, size, "%s", series);
    else if (measures[measure].series == SERIES_IDLE)
        snprintf(buffer, size, "%s %s", slot, measures[measure].label);
    else
        snprintf(buffer, size, "%s%s%s", measures[measure].label, *slot ? ", " : "",
                 slot);
}

void measure_series_label(const struct plan *plan, enum measure measure, unsigned slot,
                          char *buffer, size_t size) {
    char name[MEASURE_NAME_MAX];
    measure_series_name(plan, measure, slot, name);
    measure_label(name, buffer, size);
}

/* ---- values ---- */

static enum measure_unit unit_of(const char *series) {
    enum measure measure;
    if (measure_is_ratio(series))
        return UNIT_RATIO;
    return measure_of_series(series, &measure) ? measures[measure].unit : UNIT_COUNT;
}

const char *measure_unit(const char *series) {
    static const char *const names[] = {[UNIT_BYTES] = "bytes",
                                        [UNIT_SECONDS] = "seconds",
                                        [UNIT_COUNT] = "count",
                                        [UNIT_RATIO] = "ratio"};
    return names[unit_of(series)];
}

static const struct {
    int decimals;
    double scale;
    const char *after;
} shown[] = {[UNIT_BYTES] = {1, 1 / MIB, " MiB"},
             [UNIT_SECONDS] = {3, 1, " s"},
             [UNIT_COUNT] = {0, 1, ""},
             [UNIT_RATIO] = {3, 1, " x reference"}};

double measure_shown(const char *series, double value) {
    return value * shown[unit_of(series)].scale;
}

const char *measure_shown_unit(const char *series) {
    const char *after = shown[unit_of(series)].after;
    return *after == ' ' ? after + 1 : after;
}

static void put_number(enum measure_unit unit, double value, char *buffer, size_t size) {
    snprintf(buffer, size, "%.*f", shown[unit].decimals, value * shown[unit].scale);
}

static void put_value(enum measure_unit unit, double value, char *buffer, size_t size) {
    char number[40];
    put_number(unit, value, number, sizeof number);
    snprintf(buffer, size, "%s%s", number, shown[unit].after);
}

void measure_format_figure(enum measure measure, double value, char *buffer,
                           size_t size) {
    put_value(measures[measure].unit, value, buffer, size);
}

void measure_format(const char *series, double value, char *buffer, size_t size) {
    put_value(unit_of(series), value, buffer, size);
}

void measure_format_change(const char *series, double from, double to, char *buffer,
                           size_t size) {
    enum measure_unit unit = unit_of(series);
    char before[40], after[64];
    put_number(unit, from, before, sizeof before);
    put_value(unit, to, after, sizeof after);
    snprintf(buffer, size, "%s -> %s", before, after);
}
