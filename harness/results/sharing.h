#ifndef TIDEMARK_HARNESS_SHARING_H
#define TIDEMARK_HARNESS_SHARING_H

#include <stdbool.h>

struct plan;
struct summary;
struct variant;

/*
 * The sharing factor:
 *
 *     (peak footprint - baseline) at T threads / the same at 1 thread
 *
 * Take a workload whose threads peak one after the other. The factor is about T if an
 * allocator's pages belong to threads, and about 1 if threads take over each other's
 * pages. It is computed from the first idle driver that was measured, since peaks come
 * before the idle period.
 */

/* Whether a plan has memory runs at one and at more threads. */
bool sharing_is_measured(const struct plan *plan);

/* Negative where one of the two was not measured. */
double sharing_factor(const struct summary *summary, const char *workload,
                      const struct variant *variant, unsigned threads);

/* The numerator, in bytes; negative if it was not measured. */
double sharing_peak(const struct summary *summary, const char *workload,
                    const struct variant *variant, unsigned threads);

#endif
