#ifndef TIDEMARK_HARNESS_GAP_TABLE_H
#define TIDEMARK_HARNESS_GAP_TABLE_H

#include <stdbool.h>

struct summary;
struct table;

/*
 * What was left at the end of each idle gap of a workload, in MiB. Each gap is a row. It
 * has the live bytes and the page floor of the first allocator, then the footprint of
 * each allocator without its baseline. The figure in brackets is that footprint divided
 * by the allocator's own page floor. All figures are medians over the rounds, of the
 * first idle driver that was measured.
 *
 * Fills `ret`, which the caller has allocated. False if the workload has no gaps, or none
 * of its memory rounds went well.
 */
bool gap_table_make(const struct summary *summary, const char *workload, unsigned threads,
                    struct table *ret);

#endif
