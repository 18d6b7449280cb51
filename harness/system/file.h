#ifndef TIDEMARK_HARNESS_FILE_H
#define TIDEMARK_HARNESS_FILE_H

#include <stddef.h>
#include <stdio.h>

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

/*
 * A file's content that is printed into memory first. After file_draft_begin(), print
 * into `out`; file_draft_write() then replaces `path` as file_replace() does, and frees
 * the draft. `error` says how the printing ended: 0, or -ENOMEM, which replaces nothing.
 * -errno with `reason`. A draft must not be moved.
 */
struct file_draft {
    const char *path;
    FILE *out;
    char *text;
    size_t length;
};
int file_draft_begin(struct file_draft *ret, const char *path, struct reason *reason);
int file_draft_write(struct file_draft *draft, int error, struct reason *reason);

/* Creates a folder and its parents. An existing folder is fine. -errno with `reason` on
 * failure. */
int file_make_directories(const char *path, struct reason *reason);

/* The name after the last slash: a pointer into `path`. */
const char *file_base_name(const char *path);

#endif
