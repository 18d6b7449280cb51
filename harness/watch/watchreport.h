#ifndef TIDEMARK_HARNESS_WATCHREPORT_H
#define TIDEMARK_HARNESS_WATCHREPORT_H

#include <stdio.h>

struct summary;

/* The tables of a watched run, for a terminal or as Markdown. With plots: the Markdown
 * also shows the pictures that watchplot_all() draws into the run's folder. */
void watchreport_terminal(const struct summary *summary, FILE *out);
void watchreport_markdown(const struct summary *summary, FILE *out);
void watchreport_with_plots(const struct summary *summary, FILE *out);

#endif
