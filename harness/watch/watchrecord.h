#ifndef TIDEMARK_HARNESS_WATCHRECORD_H
#define TIDEMARK_HARNESS_WATCHRECORD_H

#include <jansson.h>
#include <stdint.h>

#include "footprint.h"
#include "watchmeter.h"
#include "watchspec.h"
#include "watchtree.h"

/* Makes the JSON of a watched run; docs/watch.md describes its members. All sizes are
 * bytes. */

/* Elements of a sample. */
enum {
    WATCH_COLUMN_MS,
    WATCH_COLUMN_FOOTPRINT,
    WATCH_COLUMN_RSS,
    WATCH_COLUMN_CPU_MS = 12, /* used by the program since the start */
};

/* Appends a list [ms, footprint, rss, pss, ...] to `samples`. The record's
 * "sample_columns" names its elements. */
void watchrecord_add_sample(json_t *samples, double at_ms, const struct footprint *memory,
                            uint64_t cpu_ticks);

/* A checkpoint: the sum over the tree, the part of each living process, and whose memory
 * it was. Takes over `attribution`, which may be NULL. */
json_t *watchrecord_checkpoint(const char *name, double at_ms,
                               const struct footprint *memory,
                               const struct watch_tree *tree, json_t *attribution);

/* Adds "machine": how many processors there are and, if known, how many were busy with
 * something else. */
void watchrecord_add_machine(json_t *record, const struct watch_machine *machine);

/* Adds "unreached": the names of the spec's marks that were not reached, if any.
 * `marked` says which were. */
void watchrecord_add_unreached(json_t *record, const struct watch_spec *spec,
                               const bool marked[WATCH_MARKS_MAX]);

/* The record, without its status. It takes references to `samples` and `checkpoints` of
 * its own; the caller keeps those it has. */
json_t *watchrecord_make(const struct cell *cell, unsigned round, json_t *samples,
                         json_t *checkpoints, const struct watch_tree *tree,
                         const struct watch_peak *peak, const struct watch_cost *cost,
                         uint64_t started_ns);

#endif
