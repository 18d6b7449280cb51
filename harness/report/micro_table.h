#ifndef TIDEMARK_HARNESS_MICRO_TABLE_H
#define TIDEMARK_HARNESS_MICRO_TABLE_H

#include <stdbool.h>

struct reading;
struct summary;
struct table;

/*
 * The loops of a timed workload that reports `case` lines (`micro`): nanoseconds of CPU
 * time per pair of malloc and free, the empty loop's own time subtracted; the median over
 * the rounds and its 95 % interval. A row for each allocator, a column for each case.
 *
 * Fills `ret`, which the caller has allocated. False where no round of this workload at
 * this number of threads reported a case, or where memory ran out.
 */
bool micro_table_make(const struct summary *summary, const char *workload,
                      unsigned threads, struct table *ret);

/*
 * Nanoseconds per pair in one timed record: over all its lines for that case (one for
 * each build), (cpu - loop) / pairs. False where there is none.
 */
bool micro_table_figure(const struct reading *reading, const char *name, double *ret_ns);

#endif
