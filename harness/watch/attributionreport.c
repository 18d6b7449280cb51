#include "attributionreport.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attribution.h"
#include "form.h"
#include "plan.h"
#include "record.h"
#include "table.h"
#include "units.h"
#include "watchinside.h"

#define NEAR_PEAK "near peak"

enum {
    COLUMNS =
        TABLE_COLUMNS_MAX - 3, /* of instants; class, growth and RSS take the other 3 */
    TOLD_MIB = 16,             /* less memory than this gets no sentence */
    PARTS = 12,                /* rows in the table of parts */
};

struct instant {
    const char *name;
    const json_t *attribution;
};

/* Lists the attributions of a record: the one near the peak, then those of the
 * checkpoints. Returns how many there are. */
static size_t list_instants(const json_t *record, struct instant ret[COLUMNS]) {
    size_t n = 0;
    const json_t *peak = json_object_get(json_object_get(record, "peak"), "attribution");
    if (peak)
        ret[n++] = (struct instant){NEAR_PEAK, peak};
    const json_t *list = json_object_get(record, "checkpoints");
    for (size_t i = 0; i < json_array_size(list) && n < COLUMNS; i++) {
        const json_t *checkpoint = json_array_get(list, i),
                     *attribution = json_object_get(checkpoint, "attribution");
        if (attribution)
            ret[n++] = (struct instant){record_text(checkpoint, "name"), attribution};
    }
    return n;
}

static double in_class(const json_t *attribution, int group, const char *kind) {
    const json_t *sum = json_object_get(json_object_get(attribution, "classes"),
                                        attribution_names[group].key);
    return json_number_value(json_object_get(sum, kind));
}

static double total(const json_t *attribution, const char *kind) {
    double sum = 0;
    for (int i = 0; i < ATTRIBUTION_CLASSES; i++)
        sum += in_class(attribution, i, kind);
    return sum;
}

static void print_size(FILE *out, double bytes, double of) {
    if (of >= 1024 * MIB)
        fprintf(out, "%.1f of %.1f GiB", bytes / MIB / 1024, of / MIB / 1024);
    else
        fprintf(out, "%.1f of %.1f MiB", bytes / MIB, of / MIB);
}

/* The footprint of both allocator classes together. */
static double of_allocator(const json_t *attribution) {
    return in_class(attribution, ATTRIBUTION_BRK, "footprint") +
           in_class(attribution, ATTRIBUTION_ARENA, "footprint");
}

static int largest_class(const json_t *attribution, const char *kind) {
    int largest = 0;
    for (int i = 1; i < ATTRIBUTION_CLASSES; i++)
        if (in_class(attribution, i, kind) > in_class(attribution, largest, kind))
            largest = i;
    return largest;
}

/* "vite, idle@90s: 6.1 of 6.9 GiB is JIT pages: no allocator will help; allocators hold
 * 210.0 MiB, or at most 380.0 MiB." */
static void print_largest(const struct form *form, const struct instant *last,
                          const char *name) {
    const json_t *attribution = last->attribution;
    int largest = largest_class(attribution, "footprint");
    double held = in_class(attribution, largest, "footprint"),
           allocator = of_allocator(attribution), all = total(attribution, "footprint");
    if (allocator >= held) {
        largest = ATTRIBUTION_ARENA;
        held = allocator;
    }
    if (all < TOLD_MIB * MIB)
        return;
    form_bullet(form);
    fprintf(form->out, "%s, %s: ", name, last->name);
    print_size(form->out, held, all);
    fprintf(form->out, " is %s", attribution_names[largest].remark);
    double unknown = in_class(attribution, ATTRIBUTION_ANONYMOUS, "footprint") +
                     in_class(attribution, ATTRIBUTION_RESERVED, "footprint");
    if (largest != ATTRIBUTION_ARENA)
        fprintf(form->out, "; allocators hold %.1f MiB, or at most %.1f MiB",
                allocator / MIB, (allocator + unknown) / MIB);
    fputs(".\n", form->out);
}

/* Names the allocators that the reserved memory of unknown owner may belong to. */
static void print_inside(const struct form *form, const json_t *records,
                         const struct instant *last, const char *name) {
    char inside[1024];
    double reserved = in_class(last->attribution, ATTRIBUTION_RESERVED, "footprint");
    watchinside_text(records, last->attribution, inside, sizeof inside);
    if (!*inside || reserved < MIB)
        return;
    form_bullet(form);
    fprintf(form->out,
            "%s, %s: the %.1f MiB that are reserved may belong to an allocator inside a "
            "file: %s.\n",
            name, last->name, reserved / MIB, inside);
}

static double of_files(const json_t *attribution) {
    return in_class(attribution, ATTRIBUTION_FILE_TEXT, "rss") +
           in_class(attribution, ATTRIBUTION_FILE_DATA, "rss");
}

/* Says so if most of the resident memory is of files, and names the file with the largest
 * part. */
static void print_files(const struct form *form, const struct instant *last,
                        const char *name) {
    const json_t *parts = json_object_get(last->attribution, "parts");
    double files = of_files(last->attribution), all = total(last->attribution, "rss");
    if (files < TOLD_MIB * MIB || files < all / 2)
        return;
    form_bullet(form);
    fprintf(form->out, "%s, %s: of the resident memory, ", name, last->name);
    print_size(form->out, files, all);
    fputs(" are pages of mapped files", form->out);
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i);
        if (strncmp(record_text(part, "class"), "file-", 5) != 0)
            continue;
        fprintf(form->out, ", %.1f MiB of %s",
                json_number_value(json_object_get(part, "rss")) / MIB,
                record_text(part, "name"));
        break;
    }
    fputs(". The kernel writes them back and drops them; no allocator will help.\n",
          form->out);
}

void attributionreport_sentences(const struct form *form, const json_t *records,
                                 const json_t *record, const char *name) {
    struct instant at[COLUMNS];
    size_t n = list_instants(record, at);
    if (n == 0)
        return;
    print_largest(form, &at[n - 1], name);
    print_inside(form, records, &at[n - 1], name);
    print_files(form, &at[n - 1], name);
}

/* ---- tables ---- */

static void set_mib_or_none(struct table *table, size_t column, double bytes) {
    form_set_mib(table, column, bytes > 0 ? bytes : NAN);
}

/* Adds a row of the table of classes. Growth is counted from the first checkpoint, whose
 * index is `first`; the attribution near the peak is not a checkpoint. */
static void add_row(struct table *table, const char *title, const double *values,
                    size_t n, size_t first, double rss) {
    if (table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", title);
    for (size_t i = 0; i < n; i++)
        set_mib_or_none(table, 1 + i, values[i]);
    table_set(table, 1 + n, "%+.1f", (values[n - 1] - values[first]) / MIB);
    set_mib_or_none(table, 2 + n, rss);
}

static void print_classes(const struct form *form, const struct instant *at, size_t n,
                          struct table *table) {
    const char *header[TABLE_COLUMNS_MAX] = {"footprint, MiB"};
    for (size_t i = 0; i < n; i++)
        header[1 + i] = at[i].name;
    header[1 + n] = "growth";
    header[2 + n] = "RSS, last";
    table_begin(table, 3 + n, header);
    double values[COLUMNS];
    const json_t *last = at[n - 1].attribution;
    size_t first = n > 1 && strcmp(at[0].name, NEAR_PEAK) == 0;
    for (int group = 0; group < ATTRIBUTION_CLASSES; group++) {
        double rss = in_class(last, group, "rss"), most = rss;
        for (size_t i = 0; i < n; i++) {
            values[i] = in_class(at[i].attribution, group, "footprint");
            most = fmax(most, values[i]);
        }
        if (most > 0)
            add_row(table, attribution_names[group].title, values, n, first, rss);
    }
    for (size_t i = 0; i < n; i++)
        values[i] = total(at[i].attribution, "footprint");
    add_row(table, "all", values, n, first, total(last, "rss"));
    form_table(form, table);
}

/* The title of the class with this key. */
static const char *title_of(const char *key) {
    for (int i = 0; i < ATTRIBUTION_CLASSES; i++)
        if (strcmp(key, attribution_names[i].key) == 0)
            return attribution_names[i].title;
    return key;
}

static void print_parts(const struct form *form, const struct instant *last,
                        struct table *table) {
    const char *const header[] = {"largest parts", "what", "mappings", last->name, "RSS"};
    const json_t *parts = json_object_get(last->attribution, "parts");
    table_begin(table, sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < json_array_size(parts) && i < PARTS; i++) {
        const json_t *part = json_array_get(parts, i);
        if (table_add_row(table) < 0)
            break;
        table_set(table, 0, "%s", record_text(part, "name"));
        table_set(table, 1, "%s", title_of(record_text(part, "class")));
        table_set(table, 2, "%d",
                  (int)json_integer_value(json_object_get(part, "mappings")));
        set_mib_or_none(table, 3, json_number_value(json_object_get(part, "footprint")));
        set_mib_or_none(table, 4, json_number_value(json_object_get(part, "rss")));
    }
    fputc('\n', form->out);
    form_table(form, table);
}

void attributionreport_tables(const struct form *form, const json_t *record,
                              const char *name, bool is_one_of_many,
                              struct table *table) {
    struct instant at[COLUMNS];
    char title[PLAN_CELL_NAME_MAX + 40];
    size_t n = list_instants(record, at);
    if (n == 0)
        return;
    snprintf(title, sizeof title, "Whose memory: %s", name);
    if (is_one_of_many)
        form_fold(form, title);
    else
        form_heading(form, title);
    print_classes(form, at, n, table);
    print_parts(form, &at[n - 1], table);
    if (is_one_of_many)
        form_unfold(form);
}
