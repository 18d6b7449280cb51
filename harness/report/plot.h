#ifndef TIDEMARK_HARNESS_PLOT_H
#define TIDEMARK_HARNESS_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct reason;
struct summary;

/*
 * Writes the data files and draws every plot of a run into FOLDER/plots, as SVG and PNG,
 * by gnuplot: for each workload and number of threads the return curves, the
 * decomposition and the trade-off, and those of plot_derived.h that the run has something
 * for. -errno with `reason`, which names what is missing, where that fails.
 */
int plot_all(const struct summary *summary, const char *folder, struct reason *reason);

/*
 * Writes Markdown links: to the plot that answers first, of all workloads together where
 * there are several; to all the others.
 */
void plot_link_first(const struct summary *summary, FILE *out);
void plot_link_others(const struct summary *summary, FILE *out);

/*
 * The trade-off of one switch, BASE.svg and BASE.png: places of variants, all relative to
 * `from`, among which the two stand out.
 */
struct plot_place {
    const char *name;
    double throughput, footprint;
};

struct plot_switch {
    const char *title, *from, *to;
    const char *footprint; /* which it is: "dead footprint" */
    const struct plot_place *places;
    size_t count; /* at most VARIANTS_MAX */
};

int plot_switch(const struct plot_switch *which, const char *base, struct reason *reason);

#endif
