#ifndef TIDEMARK_HARNESS_WATCHROWS_H
#define TIDEMARK_HARNESS_WATCHROWS_H

#include <jansson.h>
#include <stddef.h>

#include "summary.h"

/*
 * The summary of a watched run, row by row. A row is a program under one setting, with
 * all its checkpoints. Processes, attribution and samples are in no table of a run; they
 * come from the record of one of its rounds.
 */
size_t watchrows_count(const struct summary *summary);

/* Its cells, one for each of the plan's checkpoints. */
const struct summary_row *watchrows_cells(const struct summary *summary, size_t row);

/*
 * The median over the good rounds. If a row has none, the figure that was measured before
 * its first fault. NAN: unknown.
 */
double watchrows_figure(const struct summary *summary, const struct summary_row *cell,
                        enum measure measure);

/* "dev server", "preload jemalloc", or both where there are several of both. */
void watchrows_name(const struct summary *summary, size_t row, char *buffer, size_t size);

/* The record of its first good round, or of its first; NULL: none was measured. */
const json_t *watchrows_shown(const struct summary *summary, size_t row);

#endif
