#ifndef TIDEMARK_HARNESS_FILE_H
#define TIDEMARK_HARNESS_FILE_H

#include <stddef.h>

struct reason;

/*
 * Reads a whole file, of /proc too (whose sizes are not known beforehand). On success the
 * text is NUL-terminated and the caller frees it; `ret_length` may be NULL. -errno on
 * failure.
 */
int file_read(const char *path, char **ret_text, size_t *ret_length);

/*
 * Replaces the content of `path` by `length` bytes, whole or not at all: writes a
 * temporary file beside it, syncs it and renames it. -errno on failure; then the old file
 * is as it was.
 */
int file_replace(const char *path, const char *text, size_t length,
                 struct reason *reason);

/* Creates a directory and its parents. An existing one is fine. -errno on failure. */
int file_make_directories(const char *path, struct reason *reason);

/* Removes leading folders: the pointer is into `path`. */
const char *file_base_name(const char *path);

#endif
