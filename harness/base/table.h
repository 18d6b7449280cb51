#ifndef TIDEMARK_HARNESS_TABLE_H
#define TIDEMARK_HARNESS_TABLE_H

#include <stddef.h>
#include <stdio.h>

/*
 * A table of short texts, printed for a terminal or as Markdown. The first column is
 * aligned left, the others right. Texts are UTF-8; each character must be one cell wide.
 */
enum { TABLE_COLUMNS_MAX = 42, TABLE_ROWS_MAX = 1024, TABLE_TEXT_MAX = 96 };

struct table {
    size_t columns, rows; /* row 0 is the header */
    char text[TABLE_ROWS_MAX][TABLE_COLUMNS_MAX][TABLE_TEXT_MAX];
};

/* Makes an empty table with this header. Where a text of it is NULL, table_set() can set
 * it, until the table has a row. */
void table_begin(struct table *ret, size_t columns, const char *const header[]);

/* Makes the same on the heap, for form_end_table() or free(). */
struct table *table_new(size_t columns, const char *const header[]);

/* Starts a row of empty texts. -1 if the table is full (TABLE_ROWS_MAX) or NULL. */
int table_add_row(struct table *table);

/* Sets a text of the last row, or of the header. A text that is too long is cut. */
__attribute__((format(printf, 3, 4))) void table_set(struct table *table, size_t column,
                                                     const char *format, ...);

void table_print_terminal(const struct table *table, FILE *out);
void table_print_markdown(const struct table *table, FILE *out);

#endif
