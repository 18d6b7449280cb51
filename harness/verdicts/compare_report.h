#ifndef TIDEMARK_HARNESS_COMPARE_REPORT_H
#define TIDEMARK_HARNESS_COMPARE_REPORT_H

#include <stddef.h>

#include "compare.h"

struct form;

/*
 * A comparison in words and tables, for a terminal or as Markdown. Rows are in the order
 * of the comparison, so that two reports can be compared line by line.
 */

/* One line without a line end: what got worse and by how much, or that nothing did. */
void compare_headline(const struct compare_result *result, char *buffer, size_t size);

/* "1.123 [1.101, 1.140]" */
void compare_format_ratio(const struct comparison *comparison, char *buffer, size_t size);

/* Which comparisons a table shows, by their verdicts. */
enum compare_filter {
    COMPARE_CHANGED = 1 << VERDICT_BETTER | 1 << VERDICT_WORSE,
    COMPARE_OPEN = 1 << VERDICT_INCONCLUSIVE,
    COMPARE_ALL = ~0
};

/* Prints the comparisons that fit, or nothing if none does. */
void compare_print_table(const struct compare_result *result, enum compare_filter filter,
                         const struct form *form);

/* The method, as a paragraph; what failed, and how the environments differ, as lists;
 * what was left out, as a list. */
void compare_print_method(const struct compare_result *result, const struct form *form);
void compare_print_notes(const struct compare_result *result, const struct form *form);
void compare_print_left_out(const struct compare_result *result, const struct form *form);

/* The whole report: headline (NULL: its own), tables, notes, what was left out, and the
 * method. */
void compare_print(const struct compare_result *result, const char *headline,
                   const struct form *form);

#endif
