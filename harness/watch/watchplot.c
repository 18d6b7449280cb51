/* Writes the numbers of the plot. scripts/plots/watch.gp says how it looks. */
#include <errno.h>
#include <limits.h>
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
static void write_title(FILE *out, const char *name, const char *more) {
    fputc('"', out);
    for (const char *c = name; *c; c++)
        fputc(strchr("\"\\{}^_@&~", *c) ? ' ' : *c, out);
    fprintf(out, "%s\"\n", more);
}

static void write_series(FILE *out, const struct watch_row *row, size_t index,
                         const char *more) {
    write_title(out, row->name, more);
    for (size_t i = 0; i < json_array_size(row->samples); i++) {
        const json_t *sample = json_array_get(row->samples, i);
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

/* The rows of one picture. */
struct picture {
    const struct watch_row *rows;
    size_t count;
};

/* Writes a series for each row; of a single row also RSS and checkpoints. Returns how
 * many checkpoints. */
static size_t write_picture(const void *context, FILE *out) {
    const struct picture *p = context;
    for (size_t i = 0; i < p->count; i++)
        write_series(out, &p->rows[i], WATCH_COLUMN_FOOTPRINT,
                     p->count == 1 ? ": footprint" : "");
    if (p->count > 1)
        return 0;
    write_series(out, p->rows, WATCH_COLUMN_RSS, ": RSS");
    return write_marks(out, p->rows->record);
}

static int draw(struct picture picture, const char *base, struct reason *reason) {
    size_t series = picture.count == 1 ? 2 : picture.count, marks;
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
    struct watch_rows rows = watchrows_make(summary);
    for (size_t i = 0; !error && i < rows.count; i++) {
        snprintf(path, sizeof path, "%s/" RESULT_PLOTS "/watch-%zu", folder, i + 1);
        if (rows.at[i].samples)
            error = draw((struct picture){&rows.at[i], 1}, path, reason);
    }
    if (!error && rows.count > 1) {
        snprintf(path, sizeof path, "%s/" RESULT_PLOTS "/watch-all", folder);
        error = draw((struct picture){rows.at, rows.count}, path, reason);
    }
    watchrows_finish(&rows);
    return error;
}
