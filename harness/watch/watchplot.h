#ifndef TIDEMARK_HARNESS_WATCHPLOT_H
#define TIDEMARK_HARNESS_WATCHPLOT_H

struct reason;
struct summary;

/*
 * Draws the footprint over time with gnuplot, as SVG and PNG, into FOLDER/plots. Each row
 * gets a picture, which also shows its RSS and its checkpoints. If there are several
 * rows, one more picture shows all of them. 0, or -errno with `reason`.
 */
int watchplot_all(const struct summary *summary, const char *folder,
                  struct reason *reason);

#endif
