#ifndef TIDEMARK_HARNESS_PLOT_H
#define TIDEMARK_HARNESS_PLOT_H

struct reason;
struct summary;

/*
 * Writes the data files and draws every plot of a run into FOLDER/plots, as SVG and PNG,
 * by gnuplot: for each workload and number of threads the return curves, the
 * decomposition and the trade-off. -errno with `reason`, which names what is missing,
 * where that fails.
 */
int plot_all(const struct summary *summary, const char *folder, struct reason *reason);

/*
 * Runs gnuplot on one of scripts/plots with these settings (assignments); `picture` is
 * for messages. -errno with `reason`.
 */
int plot_template(const char *template, const char *settings, const char *picture,
                  struct reason *reason);

#endif
