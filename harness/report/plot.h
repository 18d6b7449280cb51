#ifndef TIDEMARK_HARNESS_PLOT_H
#define TIDEMARK_HARNESS_PLOT_H

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

/*
 * These write Markdown links. The first links one plot, the one that answers first: the
 * trade-off, of all workloads together if there are several. The second links all others.
 */
void plot_link_first(const struct summary *summary, FILE *out);
void plot_link_others(const struct summary *summary, FILE *out);

#endif
