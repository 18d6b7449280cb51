/* Writes the numbers of the plot. scripts/plots/watch.gp says how it looks. */
#include "watchplot.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "plot_draw.h"
#include "reason.h"
#include "result.h"
#include "units.h"
#include "watchrows.h"

/* Columns of a sample (watchrecord.c). */
enum { COLUMN_MS, COLUMN_FOOTPRINT, COLUMN_RSS };

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
        fprintf(out, "%.3f %.3f\n", column(sample, COLUMN_MS) / 1000,
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

/* Draws rows [from, to) into one picture; of a single row also RSS and checkpoints. */
static int draw(const struct summary *summary, size_t from, size_t to, const char *base,
                struct reason *reason) {
    char path[PATH_MAX + 8], *text = NULL;
    size_t length, series = 0, marks = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return -ENOMEM;
    for (size_t i = from; i < to; i++, series++)
        write_series(out, summary, i, COLUMN_FOOTPRINT,
                     to - from == 1 ? ": footprint" : "");
    if (to - from == 1) {
        write_series(out, summary, from, COLUMN_RSS, ": RSS");
        series++;
        marks = write_marks(out, watchrows_shown(summary, from));
    }
    snprintf(path, sizeof path, "%s.dat", base);
    int error = fclose(out) == 0 ? file_replace(path, text, length, reason) : -ENOMEM;
    free(text);
    char settings[100];
    snprintf(settings, sizeof settings,
             "series=%zu; marks=%zu; dead=1; collect=0; top_mib=1", series, marks);
    return error ? error : plot_draw(settings, "watch", base, reason);
}

int watchplot_all(const struct summary *summary, const char *folder,
                  struct reason *reason) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/" RESULT_PLOTS, folder);
    int error = file_make_directories(path, reason);
    size_t rows = watchrows_count(summary);
    for (size_t i = 0; !error && i < rows; i++) {
        if (json_array_size(json_object_get(watchrows_shown(summary, i), "samples")) == 0)
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
