#ifndef TIDEMARK_HARNESS_PLOT_DRAW_H
#define TIDEMARK_HARNESS_PLOT_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct plan;
struct reason;
struct variant;

/* What every plot goes through: a data file, then gnuplot with a template, twice. */

/* The A/A row is for the tables: in a plot it would hide the reference under itself. */
bool plot_shows(const struct plan *plan, const struct variant *variant);

/* Writes what there is to draw and returns how many blocks or rows it is. */
typedef size_t plot_writer(const void *context, FILE *out);

/* Makes the data file `path`. -errno with `reason`. */
int plot_write(const char *path, plot_writer *writer, const void *context,
               size_t *ret_blocks, struct reason *reason);

/*
 * Draws scripts/plots/TEMPLATE.gp as BASE.svg and BASE.png. `settings` are gnuplot's own
 * assignments, ended by no semicolon; base, format and share are added.
 */
int plot_draw(const char *settings, const char *template, const char *base,
              struct reason *reason);

#endif
