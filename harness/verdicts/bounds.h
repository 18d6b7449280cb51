#ifndef TIDEMARK_HARNESS_BOUNDS_H
#define TIDEMARK_HARNESS_BOUNDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct reason;
struct summary;

/*
 * Absolute bounds work like a ratchet: unlike comparisons with the last run, they cannot
 * drift. For memory
 *
 *     median footprint <= floor_factor x page floor + plus_mib
 *
 * where the page floor is that of the same cell, so that a bound means the same at any
 * scale; for "time" the median ratio to the reference <= ratio. The file is described in
 * docs/verdicts.md.
 */
enum { BOUNDS_VERSION = 1 };

enum bound_state { BOUND_HELD, BOUND_VIOLATED, BOUND_NOT_MEASURED };

struct bound_check {
    enum bound_state state;
    char text[400]; /* names bound, measured value, and by how much */
};

/* Reads and checks the file's form; the caller owns the reference. */
int bounds_load(const char *path, json_t **ret, struct reason *reason);
int bounds_write(const json_t *bounds, const char *path, struct reason *reason);

/* One check for each bound, in the file's order; the caller frees. -ENOMEM, or 0. */
int bounds_check(const json_t *bounds, const struct summary *summary,
                 struct bound_check **ret, size_t *ret_count);

/*
 * Lowers each bound to `margin` (relative) above what was measured, where that is lower;
 * never raises one. Returns how many were lowered.
 */
size_t bounds_tighten(json_t *bounds, const struct summary *summary, double margin);

/* Adds a bound for each memory cell of a variant that has none yet; returns how many. */
size_t bounds_add(json_t *bounds, const struct summary *summary, const char *variant,
                  double margin);

/* An empty file's content. */
json_t *bounds_new(void);

#endif
