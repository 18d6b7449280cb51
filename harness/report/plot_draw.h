#ifndef TIDEMARK_HARNESS_PLOT_DRAW_H
#define TIDEMARK_HARNESS_PLOT_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct plan;
struct reason;
struct variant;

/* Every plot is made in two steps: a data file is written, and gnuplot draws it with a
 * template, once for each format. */

/* Whether plots show a variant. They leave out the A/A row, which would hide the
 * reference under itself, and variants that were not measured. */
bool plot_shows(const struct plan *plan, const struct variant *variant);

/* Writes the data to draw. Returns how many blocks or rows it wrote. */
typedef size_t plot_writer(const void *context, FILE *out);

/* Writes the data file `path`. `ret_blocks` is what the writer returned. -errno with
 * `reason`. */
int plot_write(const char *path, plot_writer *writer, const void *context,
               size_t *ret_blocks, struct reason *reason);

/* Writes a text as a string of gnuplot in single quotes, for `settings` below, and
 * returns it. A quote in a name would end the string. A long text is cut. */
enum { PLOT_QUOTED_MAX = 512 };
const char *plot_quoted(const char *text, char *buffer, size_t size);

/*
 * Draws BASE.svg and BASE.png with the template scripts/plots/TEMPLATE.gp. `settings` are
 * assignments in gnuplot's language, with no semicolon at the end. The function adds
 * `share`, `base` and `format`. -errno with `reason`.
 */
int plot_draw(const char *settings, const char *template, const char *base,
              struct reason *reason);

#endif
