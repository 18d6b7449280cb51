#ifndef TIDEMARK_HARNESS_MEASURE_H
#define TIDEMARK_HARNESS_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "plan.h"

struct reading;

/* The registry of measures: measures.def, a line each. */
enum measure {
#define MEASURE(id, ...) MEASURE_##id,
#include "measures.def"
#undef MEASURE
    MEASURES
};

enum measure_unit { UNIT_BYTES, UNIT_SECONDS, UNIT_COUNT, UNIT_RATIO };
enum measure_series { SERIES_NOT, SERIES_TIMED, SERIES_ONCE, SERIES_IDLE };

struct measure_info {
    const char *name, *label;
    enum measure_unit unit;
    enum measure_series series;
    bool decides;
    double tolerance, least;
    const char *path;    /* in a record of a workload; NULL: not there, or derived */
    const char *watched; /* in a record of a watched program; NULL: not there */
    double (*derive)(const struct reading *reading); /* NAN if it cannot be derived */
};

extern const struct measure_info measures[MEASURES];

/*
 * The series of a measure differ by their slot. That is the condition of memory for a
 * timed measure, the idle driver or checkpoint for an idle one, and 0 for a measure with
 * one series.
 */
enum { MEASURE_SLOTS = PLAN_CHECKPOINTS_MAX };
_Static_assert((int)MEMORY_CONDITIONS <= (int)MEASURE_SLOTS &&
                   (int)IDLE_DRIVERS <= (int)MEASURE_SLOTS,
               "a slot is any of them");

enum cell_kind measure_kind(enum measure measure);

/* Whether a plan's runs have that series. */
bool measure_has_slot(const struct plan *plan, enum measure measure, unsigned slot);

/* One series of a plan. */
struct measure_series_id {
    enum measure measure;
    unsigned slot;
};

/* Goes to the next series that a plan's runs have; from MEASURE_BEGIN to the first. False
 * after the last. */
#define MEASURE_BEGIN                                                                    \
    { 0, (unsigned)-1 }
bool measure_next(const struct plan *plan, struct measure_series_id *series);

/* The slot of the series to which a cell's figure of a measure belongs. */
unsigned measure_slot_of(enum measure measure, const struct cell *cell);

/* Whether a cell's figures belong to the series of a measure and slot. */
bool measure_is_of(const struct plan *plan, enum measure measure, unsigned slot,
                   const struct cell *cell);

/* The plan's tolerance or the measure's own; relative. */
double measure_tolerance(const struct plan *plan, enum measure measure);

enum { MEASURE_NAME_MAX = 64 };

/* A series' name in files: "time", "time-cold", "peak", "dead", "dead-pss",
 * "idle@30s-v8". */
void measure_series_name(const struct plan *plan, enum measure measure, unsigned slot,
                         char buffer[MEASURE_NAME_MAX]);

/* The same for a reader: "dead footprint", "time". */
void measure_series_label(const struct plan *plan, enum measure measure, unsigned slot,
                          char *buffer, size_t size);

/* Finds the measure and the slot that a series' name stands for in a plan. False if the
 * plan has no such series. */
bool measure_find(const struct plan *plan, const char *series, enum measure *ret,
                  unsigned *ret_slot);

/* Finds the measure that a series' name stands for in any plan. False if there is none.
 */
bool measure_of_series(const char *name, enum measure *ret);

/*
 * The name that a checkpoint of a watched program has in the names of its series. "end"
 * and "idle@30s" keep their names; a user's checkpoint is "@NAME". False if NAME would be
 * mistaken for a series of another checkpoint.
 */
bool measure_checkpoint_name(const char *name, char *buffer, size_t size);

/* Whether a series' values are ratios to the reference of the same round. */
bool measure_is_ratio(const char *series);

/* Whether a series' measure decides: a change of it alters the exit code. */
bool measure_decides(const char *series);

/* A series' name for a reader: "dead footprint", "time". */
void measure_label(const char *series, char *buffer, size_t size);

/* The unit of a series' values: "bytes", "seconds", "ratio", "count". */
const char *measure_unit(const char *series);

/* A series' value in the unit that a reader sees, and the name of that unit: "MiB", "s",
 * "x reference", "". */
double measure_shown(const char *series, double value);
const char *measure_shown_unit(const char *series);

/* A figure as a record has it, with the measure's own unit: "51.2 MiB", "0.123 s", "12".
 */
void measure_format_figure(enum measure measure, double value, char *buffer, size_t size);

/* A series' value for a reader: "51.2 MiB", "0.873 x reference", "12". */
void measure_format(const char *series, double value, char *buffer, size_t size);

/* Two values of a series: "51.2 -> 57.5 MiB". */
void measure_format_change(const char *series, double from, double to, char *buffer,
                           size_t size);

#endif
