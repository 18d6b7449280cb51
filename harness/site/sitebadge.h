#ifndef TIDEMARK_HARNESS_SITEBADGE_H
#define TIDEMARK_HARNESS_SITEBADGE_H

#include <jansson.h>

struct summary;

/*
 * One line about a variant for a badge, in the form of shields.io's endpoint. It says how
 * far the variant is above the page floor after a dead idle period: (footprint -
 * baseline) / page floor, summed over all workloads except controls. The badge is green
 * if every bound holds (bounds.h) and red if one is violated. It is grey if there are no
 * bounds, if one was not checked, or if there is no such figure. `summary` may be NULL.
 * The caller owns it; NULL without memory.
 */
json_t *sitebadge_make(const struct summary *summary, const json_t *bounds,
                       const char *variant);

#endif
