#ifndef TIDEMARK_HARNESS_REPORT_H
#define TIDEMARK_HARNESS_REPORT_H

#include <stdio.h>

struct reason;
struct summary;

/*
 * The same content in two forms: for a terminal, and as Markdown to be pasted into a pull
 * request (verdicts and tables first, environment folded away). Stable order, so that two
 * reports can be compared line by line.
 */
void report_terminal(const struct summary *summary, FILE *out);
void report_markdown(const struct summary *summary, FILE *out);

/* Writes report.md into the run's folder. -errno with `reason`. */
int report_write(const struct summary *summary, const char *folder,
                 struct reason *reason);

#endif
