#ifndef TIDEMARK_HARNESS_WATCHRECORD_H
#define TIDEMARK_HARNESS_WATCHRECORD_H

#include <jansson.h>
#include <stdint.h>

#include "footprint.h"
#include "watchmeter.h"
#include "watchspec.h"
#include "watchtree.h"

/* The JSON of a watched run; docs/watch.md describes its members. All sizes are bytes. */

/* Appends [ms, footprint, rss, pss, ...], as watchrecord_columns() names them. */
void watchrecord_add_sample(json_t *samples, double at_ms, const struct footprint *memory,
                            uint64_t cpu_ticks);

/* A checkpoint: the sum, each living process's part of it, and whose it was (taken over).
 */
json_t *watchrecord_checkpoint(const char *name, double at_ms,
                               const struct footprint *memory,
                               const struct watch_tree *tree, json_t *attribution);

/* What else the machine was busy with, as "machine", where that is known. */
void watchrecord_add_machine(json_t *record, const struct watch_machine *machine);

/* The whole record, without its status. Lists are shared, not taken over. */
json_t *watchrecord_make(const struct cell *cell, unsigned round, json_t *samples,
                         json_t *checkpoints, const struct watch_tree *tree,
                         const struct watch_peak *peak, const struct watch_cost *cost,
                         uint64_t started_ns);

#endif
