#include "plot_points.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "plot_draw.h"

#define PLOT_ROOM                                                                        \
    1.1 /* scripts/plots/common.gp: how much higher than the data an axis is */

/* Whether no other point is at least as fast and at least as small, and better in one of
 * the two. */
static bool is_on_front(const struct plot_point *points, size_t n, size_t i) {
    for (size_t k = 0; k < n; k++)
        if (points[k].throughput >= points[i].throughput &&
            points[k].footprint <= points[i].footprint &&
            (points[k].throughput > points[i].throughput ||
             points[k].footprint < points[i].footprint))
            return false;
    return true;
}

static int by_throughput(const void *a, const void *b) {
    const struct plot_point *x = a, *y = b;
    return (x->throughput > y->throughput) - (x->throughput < y->throughput);
}

static int by_footprint(const void *a, const void *b) {
    const struct plot_point *x = a, *y = b;
    return (x->footprint > y->footprint) - (x->footprint < y->footprint);
}

/* Places the names in a column at the right, in the order of the footprints and far
 * enough apart to be read. The axis ends at `top`. */
static void place_labels(struct plot_point *points, size_t n, double top) {
    double apart = 0.055 * top, free_from = 0;
    qsort(points, n, sizeof *points, by_footprint);
    for (size_t i = 0; i < n; i++) {
        points[i].label = fmax(points[i].footprint, free_from);
        free_from = points[i].label + apart;
    }
    double free_to = top;
    for (size_t i = n; i-- > 0; free_to = points[i].label - apart)
        points[i].label = fmin(points[i].label, free_to);
}

size_t plot_write_points(struct plot_point *points, size_t n, double most, FILE *out) {
    place_labels(points, n, most * PLOT_ROOM);
    for (size_t i = 0; i < n; i++)
        points[i].is_on_front = is_on_front(points, n, i);
    qsort(points, n, sizeof *points, by_throughput);
    double slowest = n ? points[0].throughput : 0;
    double fastest = n ? points[n - 1].throughput : 0;
    for (size_t i = 0; i < n; i++)
        fprintf(out, "\"%s\" %.4f %.3f %.4f %.3f %d\n", points[i].name,
                points[i].throughput, points[i].footprint,
                fastest + 0.12 * (fastest - slowest) + 0.01 * fastest, points[i].label,
                points[i].is_on_front);
    fputs("\n\n", out);
    for (size_t i = 0; i < n; i++)
        if (points[i].is_on_front)
            fprintf(out, "\"%s\" %.4f %.3f\n", points[i].name, points[i].throughput,
                    points[i].footprint);
    return n;
}

double plot_highest(const struct plot_point *points, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, points[i].footprint);
    return most;
}

static size_t write_switch(const void *context, FILE *out) {
    const struct plot_switch *s = context;
    return plot_write_points(s->points, s->count, plot_highest(s->points, s->count), out);
}

int plot_switch(const struct plot_switch *which, const char *base,
                struct reason *reason) {
    char path[PATH_MAX], settings[PATH_MAX], texts[4][PLOT_QUOTED_MAX];
    size_t places;
    snprintf(path, sizeof path, "%s-dead.dat", base);
    int error = plot_write(path, write_switch, which, &places, reason);
    if (error)
        return error;
    snprintf(settings, sizeof settings,
             "change=%s; reference=%s; to=%s; panel=%s; together=1; dead=%zu; top_mib=%g",
             plot_quoted(which->title, texts[0], sizeof texts[0]),
             plot_quoted(which->from, texts[1], sizeof texts[1]),
             plot_quoted(which->to, texts[2], sizeof texts[2]),
             plot_quoted(which->footprint, texts[3], sizeof texts[3]), places,
             plot_highest(which->points, which->count));
    return plot_draw(settings, "tradeoff", base, reason);
}
