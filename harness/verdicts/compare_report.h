#ifndef TIDEMARK_HARNESS_COMPARE_REPORT_H
#define TIDEMARK_HARNESS_COMPARE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "compare.h"

/*
 * A comparison in words and tables, for a terminal or as Markdown. The order is that of
 * the comparison, so that two reports can be compared line by line.
 */

/* One line without its end: what got worse and by how much, or that nothing did. */
void compare_headline(const struct compare_result *result, char *buffer, size_t size);

/* "1.123 [1.101, 1.140]" */
void compare_format_ratio(const struct comparison *comparison, char *buffer, size_t size);

/* Which comparisons a table shows. */
enum compare_filter { COMPARE_ALL, COMPARE_CHANGED, COMPARE_OPEN };

/* Prints nothing, and returns 0, where no comparison fits; else how many did. */
size_t compare_print_table(const struct compare_result *result,
                           enum compare_filter filter, bool markdown, FILE *out);

/* How it was compared; what failed, or makes the sides unlike; what only one side has: a
 * paragraph and lists. */
void compare_print_method(const struct compare_result *result, bool markdown, FILE *out);
void compare_print_notes(const struct compare_result *result, bool markdown, FILE *out);
void compare_print_left_out(const struct compare_result *result, bool markdown,
                            FILE *out);

/* The whole: headline, tables, notes, method; and under a headline of the caller's. */
void compare_print(const struct compare_result *result, bool markdown, FILE *out);
void compare_print_under(const struct compare_result *result, const char *headline,
                         bool markdown, FILE *out);

#endif
