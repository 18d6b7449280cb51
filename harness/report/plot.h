#ifndef TIDEMARK_HARNESS_PLOT_H
#define TIDEMARK_HARNESS_PLOT_H

#include <stdbool.h>
#include <stdio.h>

struct reason;
struct summary;

/*
 * Writes the data files of all plots of a run into FOLDER/plots and draws them with
 * gnuplot, as SVG and PNG. A workload at a number of threads has each plot of which it
 * has figures. Several workloads have one more trade-off, of all together. -errno with
 * `reason`, which names what is missing.
 */
int plot_all(const struct summary *summary, const char *folder, struct reason *reason);

/* Writes Markdown links: to the plot that answers first, which is the trade-off, of all
 * workloads together if there are several; or to all others. */
void plot_link(const struct summary *summary, bool is_first, FILE *out);

#endif
