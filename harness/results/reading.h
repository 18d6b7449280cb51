#ifndef TIDEMARK_HARNESS_READING_H
#define TIDEMARK_HARNESS_READING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts.h"
#include "measure.h"
#include "record.h"

/*
 * A reading is a record (docs/results.md) as a struct. JSON is parsed here, once; later
 * code looks up no figure in JSON. (Only the reports of watched programs read more of
 * their records.)
 */
struct reading_sample { /* of the idle period */
    double due_ms, s;   /* since the period began: when it was due, when it was taken */
    double footprint;
};

struct reading_gap {               /* the end of an idle gap between two builds; bytes */
    double build;                  /* the number of the one before it */
    double live, floor, footprint; /* NAN: not known */
};

struct reading_build {
    double wall_ns, minor_faults;
    double idle_ms; /* the gap before it; 0: none */
};

struct reading_case { /* one loop of `micro` */
    const char *name;
    double cpu_ns, loop_ns, pairs;
};

struct reading {
    uint64_t key; /* of its cell and round (result.c) */
    bool ok;
    const char *fault, *reason, *checksum; /* "" if there is none; the record's own */
    double at[MEASURES];                   /* NAN: the record does not have it */
    struct reading_sample *samples;
    size_t sample_count;
    struct reading_gap *gaps;
    size_t gap_count;
    struct reading_build *builds;
    size_t build_count;
    struct reading_case *cases;
    size_t case_count;
    double calls[LATENCY_CALLS][LATENCY_FIGURES]; /* NAN: no such call was made */
    double syscalls[1 + SYSCALLS_COLUMNS]; /* calls a build: of all names, of each; NAN */
};

/*
 * Parses a record. Its texts are not copied, so the record must outlive the reading.
 * `checkpoint` says at which checkpoint to read the record of a watched program; NULL for
 * other records.
 */
void reading_parse(const json_t *record, const char *checkpoint, struct reading *ret);
void reading_finish(struct reading *reading);

/* Makes it a reading of a cell that failed; the texts are the caller's. */
void reading_fail(struct reading *reading, const char *fault, const char *reason);

/* The footprint at the sample that was due after `due_ms` (a double) of idle time; NAN if
 * there is none. */
double reading_sample_at(const struct reading *reading, const void *due_ms);

/* Figures of a gap; `index` points to its number in the reading, from 0 (a size_t).
 * `left` is the footprint without the baseline. NAN if there is none. */
typedef double reading_gap_figure(const struct reading *reading, const void *index);
reading_gap_figure reading_gap_build, reading_gap_live, reading_gap_floor,
    reading_gap_footprint, reading_gap_left;

/* The derived figures for results.json; the caller owns them. */
json_t *reading_derived_to_json(const json_t *record);

/* The functions by which measures.def derives figures (derived.c); NAN if a figure cannot
 * be derived. */
typedef double reading_figure(const struct reading *reading);
reading_figure reading_t50, reading_t90, reading_residual, reading_area, reading_ratchet,
    reading_growth, reading_faults_a_build, reading_ops_a_second, reading_instructions,
    reading_wake_penalty, reading_wake_faults;

#endif
