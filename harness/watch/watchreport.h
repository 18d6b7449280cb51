#ifndef TIDEMARK_HARNESS_WATCHREPORT_H
#define TIDEMARK_HARNESS_WATCHREPORT_H

#include <stdio.h>

struct reason;
struct summary;

/* The tables of a watched run, for a terminal or as Markdown. With plots: the Markdown
 * also shows the pictures that watchplot_all() draws into the run's folder. */
void watchreport_terminal(const struct summary *summary, FILE *out);
void watchreport_markdown(const struct summary *summary, FILE *out);
void watchreport_with_plots(const struct summary *summary, FILE *out);

/*
 * Draws the footprint over time with gnuplot, as SVG and PNG, into FOLDER/plots. Each row
 * gets a picture, which also shows its RSS and its checkpoints. If there are several
 * rows, one more picture shows all of them. 0, or -errno with `reason`.
 */
int watchplot_all(const struct summary *summary, const char *folder,
                  struct reason *reason);

#endif
