#ifndef TIDEMARK_HARNESS_GAP_TABLE_H
#define TIDEMARK_HARNESS_GAP_TABLE_H

#include <stdbool.h>

struct summary;
struct table;

/*
 * What was left at the end of each idle gap of a workload: a row for each gap; live bytes
 * and page floor (of the first allocator, MiB), then for each allocator the footprint
 * without the baseline, MiB, and in brackets that over its own page floor. Medians over
 * the rounds, of the first idle driver.
 *
 * Fills `ret`, which the caller has allocated. False where the workload has no gaps, or
 * none of its memory rounds went well.
 */
bool gap_table_make(const struct summary *summary, const char *workload, unsigned threads,
                    struct table *ret);

#endif
