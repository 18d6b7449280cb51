#ifndef TIDEMARK_HARNESS_WATCHREPORT_H
#define TIDEMARK_HARNESS_WATCHREPORT_H

#include <stdio.h>

struct summary;

/* The tables of a watched run, for a terminal or as Markdown. */
void watchreport_terminal(const struct summary *summary, FILE *out);
void watchreport_markdown(const struct summary *summary, FILE *out);

#endif
