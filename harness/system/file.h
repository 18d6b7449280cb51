#ifndef TIDEMARK_HARNESS_FILE_H
#define TIDEMARK_HARNESS_FILE_H

#include <stddef.h>

struct reason;

/*
 * Reads a whole file. Files of /proc work too, although they have no size. On success the
 * text is NUL-terminated and the caller frees it. `ret_length` may be NULL. -errno on
 * failure.
 */
int file_read(const char *path, char **ret_text, size_t *ret_length);

/*
 * Replaces the content of `path` with `length` bytes, wholly or not at all: writes a
 * temporary file beside it, syncs it and renames it. On failure it returns -errno with
 * `reason`, and the old file is unchanged.
 */
int file_replace(const char *path, const char *text, size_t length,
                 struct reason *reason);

/* Creates a folder and its parents. An existing folder is fine. -errno with `reason` on
 * failure. */
int file_make_directories(const char *path, struct reason *reason);

/* The name after the last slash: a pointer into `path`. */
const char *file_base_name(const char *path);

#endif
