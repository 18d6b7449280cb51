#ifndef TIDEMARK_HARNESS_WATCHROWS_H
#define TIDEMARK_HARNESS_WATCHROWS_H

#include <jansson.h>
#include <stddef.h>

#include "summary.h"

/*
 * The summary of a watched run, row by row. A row is a program under one setting, with
 * all its checkpoints. The summary has no processes, attribution and samples. A report
 * takes these from the record of one round.
 */
struct watch_row {
    char name[PLAN_CELL_NAME_MAX];   /* the program ("dev server"), the setting ("preload
                                        jemalloc"), or both if there are several of both */
    const struct summary_row *cells; /* one for each of the plan's checkpoints */
    const json_t *record;  /* of the first good round, or of the first round if none is
                              good. NULL: none was measured */
    const json_t *samples; /* of that record; NULL: none, as of a program that was not
                              started */
};

struct watch_rows {
    size_t count;
    struct watch_row *at; /* owned */
};

struct watch_rows watchrows_make(const struct summary *summary);
void watchrows_finish(struct watch_rows *rows);

/*
 * The median of a measure over the good rounds. If there is no good round, the figure
 * that the first round measured before its fault. NAN: unknown.
 */
double watchrows_figure(const struct summary *summary, const struct summary_row *cell,
                        enum measure measure);

#endif
