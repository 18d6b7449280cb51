#ifndef TIDEMARK_HARNESS_FORM_H
#define TIDEMARK_HARNESS_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct judgement;
struct table;

/* Prints the parts of a report, for a terminal or in Markdown. */
struct form {
    FILE *out;
    bool markdown;
};

void form_heading(const struct form *form, const char *text);
void form_table(const struct form *form, const struct table *table);

/* Prints a table of table_new() and frees it. Does nothing if it is NULL. */
void form_end_table(const struct form *form, struct table *table);

/* Begins a list item. The caller writes its text and the line end. */
void form_bullet(const struct form *form);

/*
 * Begins and ends a part that Markdown folds away; a terminal shows it under its title.
 */
void form_fold(const struct form *form, const char *title);
void form_unfold(const struct form *form);

/* Set the last row's text in a column: bytes as MiB ("-" for NAN), or a verdict as "0.87
 * [0.85, 0.90] better". */
void form_set_mib(struct table *table, size_t column, double bytes);
void form_set_verdict(struct table *table, size_t column, const struct judgement *versus);

#endif
