#ifndef TIDEMARK_HARNESS_PLOT_POINTS_H
#define TIDEMARK_HARNESS_PLOT_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct reason;

/* A place in a plot of throughput against footprint. plot_write_points() sets the last
 * two members. */
struct plot_point {
    const char *name;
    double throughput, footprint; /* the first is relative to the reference; the second is
                                     in MiB, or relative, too */
    double label;                 /* where its name stands, on the axis of `footprint` */
    bool is_on_front;
};

/*
 * Writes two blocks, and sorts the points. The first has all points: name, place, where
 * the name stands, and whether the point is on the Pareto front. The second has the
 * points of the front, slowest first. `most` is the highest footprint that the plot
 * shows. Returns `n`.
 */
size_t plot_write_points(struct plot_point *points, size_t n, double most, FILE *out);

/* The highest footprint; 0 without points. */
double plot_highest(const struct plot_point *points, size_t n);

/*
 * plot_switch() draws the trade-off of a switch between two variants as BASE.svg and
 * BASE.png. All figures are relative to `from`. The plot highlights `from` and `to` among
 * the places of all variants.
 */
struct plot_switch {
    const char *title, *from, *to;
    const char *footprint; /* the name of that figure: "dead footprint" */
    struct plot_point *points;
    size_t count;
};

int plot_switch(const struct plot_switch *which, const char *base, struct reason *reason);

#endif
