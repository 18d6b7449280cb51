#include "watchinside.h"

#include <string.h>

#include "attribution.h"
#include "file.h"
#include "inspect.h"
#include "reason.h"
#include "text.h"

/* watch knows the heaps of these by their shape (classify.c). */
static bool has_shape(const char *inside) {
    static const char *const known[] = {"glibc", "Go's", "ebb"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(inside, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

/* The allocator in a file, or "" where none is known; NULL without memory. */
static json_t *look_into(const char *path) {
    struct inspection found;
    struct reason reason;
    if (inspect_file(&found, path, &reason) < 0 || !*found.inside ||
        has_shape(found.inside))
        return json_string("");
    return *found.version ? json_sprintf("%s %s", found.inside, found.version)
                          : json_string(found.inside);
}

static const char *allocator_in(const char *path) {
    static json_t *known; /* by path, as long as the process lives */
    if (!known)
        known = json_object();
    if (!json_object_get(known, path))
        json_object_set_new(known, path, look_into(path));
    return json_string_value(json_object_get(known, path));
}

/* Moves the files of one attribution into a set. */
static void take_files(json_t *attribution, json_t *files) {
    size_t i;
    json_t *path, *code = json_object_get(attribution, ATTRIBUTION_CODE);
    json_array_foreach(code, i, path)
        json_object_set_new(files, json_string_value(path), json_true());
    json_object_del(attribution, ATTRIBUTION_CODE);
}

void watchinside_add(json_t *record) {
    size_t i;
    const char *path;
    json_t *checkpoint, *seen, *files = json_object(), *inside = json_array();
    take_files(json_object_get(json_object_get(record, "peak"), "attribution"), files);
    json_array_foreach(json_object_get(record, "checkpoints"), i, checkpoint)
        take_files(json_object_get(checkpoint, "attribution"), files);
    json_object_foreach(files, path, seen) {
        const char *allocator = allocator_in(path);
        if (allocator && *allocator)
            json_array_append_new(
                inside, json_pack("{s:s, s:s}", "file", path, "allocator", allocator));
    }
    if (json_array_size(inside) > 0)
        json_object_set(record, "inside", inside);
    json_decref(inside);
    json_decref(files);
}

void watchinside_text(const json_t *record, char *ret, size_t size) {
    size_t i;
    json_t *one;
    *ret = '\0';
    json_array_foreach(json_object_get(record, "inside"), i, one) {
        const char *file = json_string_value(json_object_get(one, "file")),
                   *allocator = json_string_value(json_object_get(one, "allocator"));
        if (file && allocator)
            text_append(ret, size, "%s%s in %s", *ret ? ", " : "", allocator,
                        file_base_name(file));
    }
}
