#ifndef TIDEMARK_HARNESS_RECORD_H
#define TIDEMARK_HARNESS_RECORD_H

#include <jansson.h>
#include <stdbool.h>

struct cell;
struct child_use;
struct footprint;
struct protocol_line;

/* The records of a run (docs/results.md): what all their readers and writers need. */

/* A new record of a cell. It says which cell it is, and has no result yet. */
json_t *record_new(const struct cell *cell, unsigned round);

/* Makes it the record of a cell that failed, unless it has failed already: the first
 * fault is the cause. */
__attribute__((format(printf, 3, 4))) void record_fault(json_t *record, const char *fault,
                                                        const char *format, ...);

bool record_has_failed(const json_t *record);

/* Makes it the record of a cell that went well, unless it has failed. */
void record_settle(json_t *record);

/* Takes what a process used: "max_rss", "minor_faults". Nothing if it was killed. */
void record_take_use(json_t *record, const struct child_use *use);

/* The memory of a process tree at one instant, as records have it; bytes. */
json_t *record_footprint(const struct footprint *footprint);

/* A text of a record; empty where it has none of that name. */
const char *record_text(const json_t *record, const char *name);

/* A number; null if it is NAN or infinite, which JSON cannot express. */
json_t *record_real(double value);

/* Whether the cell went well. False without a record. */
bool record_is_ok(const json_t *record);

/*
 * Takes over a line of the workload that reports work: "result" (its checksum, and as
 * "work" its operations, times and page faults), or "build", "case" or "latency", which
 * it appends to the list of that name. NULL, or what the line lacks; then the record is
 * untouched. Does nothing with other lines.
 */
const char *record_take_line(json_t *record, const struct protocol_line *line);

/* How long single calls took in a latency cell, in nanoseconds, without the clock's own
 * cost. */
enum { LATENCY_CALLS = 3, LATENCY_DECADES = 5 };

/* The figures that a record has of a call. latency_figure_names names them in this order;
 * NULL ends it. */
enum latency_figure {
    LATENCY_COUNT,
    LATENCY_CLOCK,
    LATENCY_P50,
    LATENCY_P99,
    LATENCY_P999,
    LATENCY_P9999,
    LATENCY_MAX,
    /* the first of LATENCY_DECADES: calls that took at least 1 us, 10 us ... 10 ms */
    LATENCY_OVER,
    LATENCY_FIGURES = LATENCY_OVER + LATENCY_DECADES
};
extern const char *const latency_call_names[LATENCY_CALLS];
extern const char *const latency_figure_names[LATENCY_FIGURES + 1];

/* Reasons of faults that cells of several kinds can have. */
#define RECORD_HUNG "it did not finish its work within %u s (--timeout)"
#define RECORD_GARBAGE "it printed \"%.60s\", which is not a line of the protocol"

#endif
