#ifndef TIDEMARK_HARNESS_PLOT_H
#define TIDEMARK_HARNESS_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct reason;
struct summary;

/*
 * Writes the data files of all plots of a run into FOLDER/plots and draws them with
 * gnuplot, as SVG and PNG. A workload at a number of threads has return curves, a
 * decomposition and a trade-off, as far as they were measured, and the plots of
 * plot_derived.h that apply to it. Several workloads have one more trade-off, of all
 * together. -errno with `reason`, which names what is missing.
 */
int plot_all(const struct summary *summary, const char *folder, struct reason *reason);

/*
 * These write Markdown links. The first links one plot, the one that answers first: the
 * trade-off, of all workloads together if there are several. The second links all others.
 */
void plot_link_first(const struct summary *summary, FILE *out);
void plot_link_others(const struct summary *summary, FILE *out);

/*
 * plot_switch() draws the trade-off of a switch between two variants as BASE.svg and
 * BASE.png. All figures are relative to `from`. The plot highlights `from` and `to` among
 * the places of all variants.
 */
struct plot_place {
    const char *name;
    double throughput, footprint;
};

struct plot_switch {
    const char *title, *from, *to;
    const char *footprint; /* the name of that figure: "dead footprint" */
    const struct plot_place *places;
    size_t count; /* at most VARIANTS_MAX */
};

int plot_switch(const struct plot_switch *which, const char *base, struct reason *reason);

#endif
