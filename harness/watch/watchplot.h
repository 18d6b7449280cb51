#ifndef TIDEMARK_HARNESS_WATCHPLOT_H
#define TIDEMARK_HARNESS_WATCHPLOT_H

struct reason;
struct summary;

/*
 * Draws footprint over time into FOLDER/plots, as SVG and PNG by gnuplot: a picture for
 * each row, with RSS and its checkpoints marked, and one of all rows together where there
 * are several. -errno with `reason`.
 */
int watchplot_all(const struct summary *summary, const char *folder,
                  struct reason *reason);

#endif
