#include "watchinside.h"

#include <string.h>

#include "attribution.h"
#include "file.h"
#include "inspect.h"
#include "journal.h"
#include "reason.h"
#include "record.h"
#include "text.h"

#define KIND "inside"

/* The allocators whose reserved memory watch cannot recognise inside a file. classify.c
 * recognises the heaps of the others by a name or a shape. */
static const char *const nameless[] = {"mimalloc", "jemalloc"};

/* The names in `found->inside` (such as "mimalloc, glibc's malloc") that are in
 * `nameless`, with a version if it is certain whose it is. NULL: none. */
static json_t *allocators_of(const struct inspection *found) {
    char text[2 * SUMMARY_MAX + 2] = "";
    for (size_t i = 0; i < sizeof nameless / sizeof nameless[0]; i++)
        if (strstr(found->inside, nameless[i]))
            text_append(text, sizeof text, "%s%s", *text ? " or " : "", nameless[i]);
    if (*found->version && strcmp(text, found->inside) == 0)
        text_append(text, sizeof text, " %s", found->version);
    return *text ? json_string(text) : NULL;
}

/* Appends a record for a file that has such an allocator inside. Most files have none. */
static int tell(struct journal *journal, const char *path, struct reason *reason) {
    struct inspection found;
    struct reason ignored;
    if (inspect_file(&found, path, &ignored) < 0)
        return 0;
    json_t *allocators = allocators_of(&found);
    if (!allocators)
        return 0;
    return journal_append(journal,
                          json_pack("{s:s, s:s+, s:s, s:o}", "kind", KIND, "key",
                                    KIND "/", path, "file", path, "allocator",
                                    allocators),
                          reason);
}

static const char *allocator_in(const json_t *records, const char *path) {
    size_t i;
    json_t *record;
    json_array_foreach((json_t *)records, i, record) {
        if (strcmp(record_text(record, "kind"), KIND) == 0 &&
            strcmp(record_text(record, "file"), path) == 0)
            return json_string_value(json_object_get(record, "allocator"));
    }
    return NULL;
}

static void list_files(const json_t *attribution, json_t *files) {
    size_t i;
    json_t *path;
    json_array_foreach(json_object_get(attribution, ATTRIBUTION_CODE), i, path)
        json_object_set_new(files, json_string_value(path), json_true());
}

int watchinside_add(struct journal *journal, struct reason *reason) {
    size_t i, k;
    const char *path;
    json_t *record, *checkpoint, *ignored, *files = json_object();
    json_array_foreach(journal->records, i, record) {
        list_files(json_object_get(json_object_get(record, "peak"), "attribution"),
                   files);
        json_array_foreach(json_object_get(record, "checkpoints"), k, checkpoint)
            list_files(json_object_get(checkpoint, "attribution"), files);
    }
    int error = 0;
    json_object_foreach(files, path, ignored) {
        if (!error && !allocator_in(journal->records, path))
            error = tell(journal, path, reason);
    }
    json_decref(files);
    return error;
}

void watchinside_text(const json_t *records, const json_t *attribution, char *ret,
                      size_t size) {
    size_t i;
    json_t *path;
    *ret = '\0';
    json_array_foreach(json_object_get(attribution, ATTRIBUTION_CODE), i, path) {
        const char *file = json_string_value(path),
                   *allocator = file ? allocator_in(records, file) : NULL;
        if (allocator)
            text_append(ret, size, "%s%s in %s", *ret ? ", " : "", allocator,
                        file_base_name(file));
    }
}
