#ifndef TIDEMARK_HARNESS_PLOT_H
#define TIDEMARK_HARNESS_PLOT_H

#include <stdbool.h>
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
 * Writes Markdown links: to the plots that answer first, one of each workload and number
 * of threads, or to all the others.
 */
void plot_link(const struct summary *summary, bool first, FILE *out);

#endif
