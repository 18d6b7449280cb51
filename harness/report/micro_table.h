#ifndef TIDEMARK_HARNESS_MICRO_TABLE_H
#define TIDEMARK_HARNESS_MICRO_TABLE_H

#include <stdbool.h>

struct reading;
struct summary;
struct table;

/*
 * The loops of a timed workload that reports `case` lines (`micro`). A figure is
 * nanoseconds of CPU time per pair of malloc and free, without the time of the empty
 * loop: the median over the rounds and its 95 % interval. Each allocator is a row, each
 * case is a column.
 *
 * Fills `ret`, which the caller has allocated. False if no timed round of this workload
 * reported a case, at any number of threads.
 */
bool micro_table_make(const struct summary *summary, const char *workload,
                      unsigned threads, struct table *ret);

/*
 * Nanoseconds per pair in one timed record: (cpu - loop) / pairs, summed over its lines
 * for the case called `name` (one for each build). NAN if it has none.
 */
double micro_table_figure(const struct reading *reading, const void *name);

#endif
