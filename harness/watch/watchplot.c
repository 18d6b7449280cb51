/* Writes the numbers of the plot. scripts/plots/watch.gp says how it looks. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "plot_draw.h"
#include "reason.h"
#include "result.h"
#include "units.h"
#include "watchrecord.h"
#include "watchreport.h"
#include "watchrows.h"

static double column(const json_t *sample, size_t index) {
    return json_number_value(json_array_get(sample, index));
}

/* Writes a title as a string of gnuplot. Characters that would end the string or that
 * gnuplot would interpret become blanks. */
static void write_title(FILE *out, const struct summary *summary, size_t row,
                        const char *more) {
    char name[PLAN_CELL_NAME_MAX];
    watchrows_name(summary, row, name, sizeof name);
    for (char *c = name; *c; c++)
        if (strchr("\"\\{}^_@&~", *c))
            *c = ' ';
    fprintf(out, "\"%s%s\"\n", name, more);
}

static void write_series(FILE *out, const struct summary *summary, size_t row,
                         size_t index, const char *more) {
    const json_t *samples = json_object_get(watchrows_shown(summary, row), "samples");
    write_title(out, summary, row, more);
    for (size_t i = 0; i < json_array_size(samples); i++) {
        const json_t *sample = json_array_get(samples, i);
        fprintf(out, "%.3f %.3f\n", column(sample, WATCH_COLUMN_MS) / 1000,
                column(sample, index) / MIB);
    }
    fputs("\n\n", out);
}

/* Writes each checkpoint as "seconds MiB name". Returns how many there are. */
static size_t write_marks(FILE *out, const json_t *record) {
    const json_t *list = json_object_get(record, "checkpoints");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *checkpoint = json_array_get(list, i);
        fprintf(out, "%.3f %.3f \"%s\"\n",
                json_number_value(json_object_get(checkpoint, "ms")) / 1000,
                json_number_value(
                    json_object_get(json_object_get(checkpoint, "memory"), "footprint")) /
                    MIB,
                json_string_value(json_object_get(checkpoint, "name")));
    }
    return json_array_size(list);
}

/* Rows [from, to) for one picture. */
struct picture {
    const struct summary *summary;
    size_t from, to;
};

/* Writes a series for each row; of a single row also RSS and checkpoints. Returns how
 * many checkpoints. */
static size_t write_picture(const void *context, FILE *out) {
    const struct picture *p = context;
    bool is_single = p->to - p->from == 1;
    for (size_t i = p->from; i < p->to; i++)
        write_series(out, p->summary, i, WATCH_COLUMN_FOOTPRINT,
                     is_single ? ": footprint" : "");
    if (!is_single)
        return 0;
    write_series(out, p->summary, p->from, WATCH_COLUMN_RSS, ": RSS");
    return write_marks(out, watchrows_shown(p->summary, p->from));
}

static int draw(const struct summary *summary, size_t from, size_t to, const char *base,
                struct reason *reason) {
    struct picture picture = {summary, from, to};
    size_t series = to - from == 1 ? 2 : to - from, marks;
    char path[PATH_MAX + 8], settings[100];
    snprintf(path, sizeof path, "%s.dat", base);
    int error = plot_write(path, write_picture, &picture, &marks, reason);
    if (error)
        return error;
    snprintf(settings, sizeof settings, "series=%zu; marks=%zu", series, marks);
    return plot_draw(settings, "watch", base, reason);
}

int watchplot_all(const struct summary *summary, const char *folder,
                  struct reason *reason) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/" RESULT_PLOTS, folder);
    int error = file_make_directories(path, reason);
    size_t rows = watchrows_count(summary);
    for (size_t i = 0; !error && i < rows; i++) {
        if (!watchrows_has_samples(summary, i))
            continue;
        snprintf(path, sizeof path, "%s/" RESULT_PLOTS "/watch-%zu", folder, i + 1);
        error = draw(summary, i, i + 1, path, reason);
    }
    if (!error && rows > 1) {
        snprintf(path, sizeof path, "%s/" RESULT_PLOTS "/watch-all", folder);
        error = draw(summary, 0, rows, path, reason);
    }
    return error;
}
