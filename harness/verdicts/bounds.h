#ifndef TIDEMARK_HARNESS_BOUNDS_H
#define TIDEMARK_HARNESS_BOUNDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct reason;
struct summary;

/*
 * Absolute bounds. Comparisons with the last run let a figure drift, a little each time;
 * bounds do not. For a figure in bytes
 *
 *     median <= floor_factor x page floor + plus_mib
 *
 * The page floor is that of the same cell, so a bound means the same at any scale. For a
 * ratio such as "time": the geometric mean of the ratios to the reference <= ratio. For
 * any other figure: median <= most. docs/verdicts.md describes the file.
 */
enum { BOUNDS_VERSION = 1 };

enum bound_state { BOUND_HELD, BOUND_VIOLATED, BOUND_NOT_MEASURED };

struct bound_check {
    enum bound_state state;
    char text[400]; /* the bound, the measured value, and how far apart they are */
};

/* Reads the file and checks its form. -ENOENT or -EBADMSG with `reason`. The caller owns
 * the reference. */
int bounds_load(const char *path, json_t **ret, struct reason *reason);
int bounds_write(const json_t *bounds, const char *path, struct reason *reason);

/* One check for each bound, in the file's order. The caller frees. */
struct bound_check *bounds_check(const json_t *bounds, const struct summary *summary,
                                 size_t *ret_count);

/*
 * Lowers each bound to the measured figure plus `margin` (relative) if that is lower.
 * Never raises a bound. Returns how many bounds it lowered.
 */
size_t bounds_tighten(json_t *bounds, const struct summary *summary, double margin);

/* Adds a bound of the footprint for each memory cell of `variant` that has none. The
 * bound is the measured footprint plus `margin` (relative). Returns how many bounds it
 * added. */
size_t bounds_add(json_t *bounds, const struct summary *summary, const char *variant,
                  double margin);

/* The content of a file without bounds. */
json_t *bounds_new(void);

#endif
