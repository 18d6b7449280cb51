#ifndef TIDEMARK_HARNESS_REPORT_H
#define TIDEMARK_HARNESS_REPORT_H

#include <stdio.h>

struct form;
struct reason;
struct result;
struct summary;

/*
 * Prints the same content in two forms: for a terminal, and as Markdown to paste into a
 * pull request (verdicts and tables first, environment folded away). The order is stable,
 * so that two reports can be compared line by line.
 */
void report_terminal(const struct summary *summary, FILE *out);
void report_markdown(const struct summary *summary, FILE *out);

/* Prints where the run was measured, and its seeds. */
void report_environment(const struct form *form, const struct result *result);

/* Writes what `print` prints to report.md in the run's folder. -errno with `reason`. */
int report_write(const struct summary *summary,
                 void (*print)(const struct summary *summary, FILE *out),
                 const char *folder, struct reason *reason);

#endif
