#include "table.h"

#include <stdarg.h>
#include <string.h>

#include "heap.h"

void table_begin(struct table *ret, size_t columns, const char *const header[]) {
    ret->columns = columns;
    ret->rows = 1;
    for (size_t i = 0; i < columns; i++)
        snprintf(ret->text[0][i], TABLE_TEXT_MAX, "%s", header[i] ? header[i] : "");
}

struct table *table_new(size_t columns, const char *const header[]) {
    struct table *table = heap_new(1, sizeof *table);
    table_begin(table, columns, header);
    return table;
}

int table_add_row(struct table *table) {
    if (!table || table->rows == TABLE_ROWS_MAX)
        return -1;
    for (size_t i = 0; i < table->columns; i++)
        table->text[table->rows][i][0] = '\0';
    table->rows++;
    return 0;
}

void table_set(struct table *table, size_t column, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(table->text[table->rows - 1][column], TABLE_TEXT_MAX, format, args);
    va_end(args);
}

/* Counts characters, not bytes: skips the continuation bytes of UTF-8. */
static size_t width_of(const char *text) {
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void measure(const struct table *table, size_t *widths) {
    for (size_t c = 0; c < table->columns; c++) {
        widths[c] = 3; /* Markdown needs at least three dashes under a header */
        for (size_t r = 0; r < table->rows; r++)
            if (width_of(table->text[r][c]) > widths[c])
                widths[c] = width_of(table->text[r][c]);
    }
}

static void print_cell(FILE *out, const char *text, size_t width, int left) {
    int pad = (int)(width - width_of(text));
    if (left)
        fprintf(out, "%s%*s", text, pad, "");
    else
        fprintf(out, "%*s%s", pad, "", text);
}

static void print_row(const struct table *table, size_t row, const size_t *widths,
                      const char *before, const char *between, const char *after,
                      FILE *out) {
    fputs(before, out);
    for (size_t c = 0; c < table->columns; c++) {
        if (c)
            fputs(between, out);
        print_cell(out, table->text[row][c], widths[c], c == 0);
    }
    fputs(after, out);
}

void table_print_terminal(const struct table *table, FILE *out) {
    size_t widths[TABLE_COLUMNS_MAX];
    measure(table, widths);
    for (size_t r = 0; r < table->rows; r++)
        print_row(table, r, widths, "  ", "  ", "\n", out);
}

void table_print_markdown(const struct table *table, FILE *out) {
    size_t widths[TABLE_COLUMNS_MAX];
    measure(table, widths);
    print_row(table, 0, widths, "| ", " | ", " |\n", out);
    fputc('|', out);
    for (size_t c = 0; c < table->columns; c++) {
        fputs(c == 0 ? ":" : "-", out);
        for (size_t i = 0; i < widths[c]; i++)
            fputc('-', out);
        fputs(c == 0 ? "-|" : ":|", out);
    }
    fputc('\n', out);
    for (size_t r = 1; r < table->rows; r++)
        print_row(table, r, widths, "| ", " | ", " |\n", out);
}
