#ifndef TIDEMARK_HARNESS_WATCHROWS_H
#define TIDEMARK_HARNESS_WATCHROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "summary.h"

/*
 * The summary of a watched run, row by row. A row is a program under one setting, with
 * all its checkpoints. The summary has no processes, attribution and samples. A report
 * takes these from the record of one round (watchrows_shown()).
 */
size_t watchrows_count(const struct summary *summary);

/* The cells of a row: an array with one for each of the plan's checkpoints. */
const struct summary_row *watchrows_cells(const struct summary *summary, size_t row);

/*
 * The median of a measure over the good rounds. If there is no good round, the figure
 * that the first round measured before its fault. NAN: unknown.
 */
double watchrows_figure(const struct summary *summary, const struct summary_row *cell,
                        enum measure measure);

/* Writes a row's name into `buffer`: the program ("dev server"), the setting ("preload
 * jemalloc"), or both if the run has several of both. */
void watchrows_name(const struct summary *summary, size_t row, char *buffer, size_t size);

/* The record of a row's first good round, or of its first round if none is good. NULL:
 * none was measured. */
const json_t *watchrows_shown(const struct summary *summary, size_t row);

/* Whether that record has samples to draw. A program that was not started has none. */
bool watchrows_has_samples(const struct summary *summary, size_t row);

#endif
