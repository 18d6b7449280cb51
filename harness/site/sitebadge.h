#ifndef TIDEMARK_HARNESS_SITEBADGE_H
#define TIDEMARK_HARNESS_SITEBADGE_H

#include <jansson.h>

struct summary;

/*
 * One line about a variant for a badge, as shields.io's endpoint takes it: how far above
 * the page floor it is after a dead idle, (footprint - baseline) / page floor, summed
 * over the workloads that are no controls. Green where every bound holds (bounds.h), red
 * where one is violated, grey where there are no bounds or one was not checked, or where
 * `summary` is NULL. The caller owns it; NULL without memory.
 */
json_t *sitebadge_make(const struct summary *summary, const json_t *bounds,
                       const char *variant);

#endif
