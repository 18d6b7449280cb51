#include "site.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "heap.h"
#include "paths.h"
#include "reason.h"

#define PARTS "share/site/"

/* page.html contains "@NAME@" for each part, once and in this order. */
static const char *const parts[] = {"uPlot.min.css", "site.css",          "data",
                                    "uPlot.LICENSE", "uPlot.iife.min.js", "site.js"};
enum { PART_COUNT = sizeof parts / sizeof parts[0] };

static int read_part(const char *name, char **ret, struct reason *reason) {
    char file[96], path[PATH_MAX];
    snprintf(file, sizeof file, PARTS "%s", name);
    int error = paths_in_build(path, sizeof path, file);
    if (!error)
        error = file_read(path, ret, NULL);
    if (error)
        reason_set(reason,
                   "the site's part %s cannot be read (%s); `scripts/charts.sh` fetches "
                   "uPlot (it needs npm), and `make build` makes the other parts",
                   file, strerror(-error));
    return error;
}

/* The page keeps the JSON in a script element, which "</script>" in a text would end. So
 * each "<" becomes an escape; it occurs only in texts. */
static int put_escaped(const char *json, size_t length, void *out) {
    for (size_t i = 0; i < length; i++)
        if (json[i] == '<')
            fputs("\\u003c", out);
        else
            fputc(json[i], out);
    return 0;
}

static int put_part(FILE *out, const char *name, const json_t *data,
                    struct reason *reason) {
    char *text;
    if (strcmp(name, "data") == 0)
        return json_dump_callback(data, put_escaped, out,
                                  JSON_COMPACT | JSON_REAL_PRECISION(5)) < 0
                   ? -ENOMEM
                   : 0;
    int error = read_part(name, &text, reason);
    if (error)
        return error;
    fputs(text, out);
    free(text);
    return 0;
}

static int put_page(FILE *out, const char *page, const json_t *data,
                    struct reason *reason) {
    int error = 0;
    for (size_t i = 0; !error && i < PART_COUNT; i++) {
        char marker[64];
        snprintf(marker, sizeof marker, "@%s@", parts[i]);
        const char *found = strstr(page, marker);
        if (!found) {
            reason_set(reason, PARTS "page.html has no %s; build again", marker);
            return -EBADMSG;
        }
        fwrite(page, 1, (size_t)(found - page), out);
        error = put_part(out, parts[i], data, reason);
        page = found + strlen(marker);
    }
    fputs(page, out);
    return error;
}

int site_write(const json_t *data, const char *folder, struct reason *reason) {
    char path[PATH_MAX], *page, *text = NULL;
    size_t length;
    reason_set(reason, "out of memory while writing the site");
    int error = read_part("page.html", &page, reason);
    if (error)
        return error;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        heap_exhausted();
    error = put_page(out, page, data, reason);
    if (fclose(out) != 0)
        heap_exhausted();
    free(page);
    if (!error)
        error = file_make_directories(folder, reason);
    /* a path that is cut is too long for the file's temporary name, too */
    snprintf(path, sizeof path, "%s/index.html", folder);
    if (!error)
        error = file_replace(path, text, length, reason);
    free(text);
    return error;
}
