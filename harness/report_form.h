#ifndef TIDEMARK_HARNESS_REPORT_FORM_H
#define TIDEMARK_HARNESS_REPORT_FORM_H

#include <stdbool.h>
#include <stdio.h>

#include "group.h"
#include "table.h"

/*
 * What the parts of a report share: the two forms that it is printed in, and how figures
 * look in its tables.
 */
#define MIB (1024.0 * 1024.0)

/* A writer for either form: what differs is how a heading, a table and a list look. */
struct form {
    FILE *out;
    bool markdown;
};

void form_heading(const struct form *form, const char *text);
void form_bullet(const struct form *form);
void form_table(const struct form *form, const struct table *table);

/* Begins a part that is folded away, and ends it (Markdown only). */
void form_fold(FILE *out, const char *title);
void form_unfold(FILE *out);

/* Prints for every group below a heading "WORKLOAD, N threads: WHAT". */
void form_each_group(const struct form *form, const struct summary *summary,
                     const char *what,
                     void (*print)(const struct form *, const struct group *));

/*
 * Prints a table with a row for each idle driver and variant of a group; its first two
 * columns are set, and the others by `set` for rows that went well.
 */
void form_by_driver(const struct form *form, const struct group *group, size_t columns,
                    const char *const header[],
                    void (*set)(struct table *, const struct group *,
                                const struct summary_memory *));

void form_set_mib(struct table *table, size_t column, double bytes);

/* "0.87 [0.85, 0.90] better" */
void form_set_verdict(struct table *table, size_t column,
                      const struct stats_comparison *versus);

#endif
