/* Reads and replaces whole files, and makes folders. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "heap.h"
#include "reason.h"

static int read_all(int fd, char **ret_text, size_t *ret_length) {
    size_t capacity = 8192, length = 0;
    char *text = heap_new(capacity, 1);
    for (ssize_t n; (n = read(fd, text + length, capacity - length)) != 0;) {
        if (n < 0 && errno != EINTR) {
            int error = -errno;
            free(text);
            return error;
        }
        length += n > 0 ? (size_t)n : 0;
        if (capacity - length < 4096)
            text = heap_resize(text, capacity *= 2, 1);
    }
    text[length] = '\0'; /* heap.h keeps room for one more */
    *ret_text = text;
    if (ret_length)
        *ret_length = length;
    return 0;
}

int file_read(const char *path, char **ret_text, size_t *ret_length) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = read_all(fd, ret_text, ret_length);
    close(fd);
    return error;
}

static int write_all(int fd, const char *text, size_t length) {
    while (length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        text += n;
        length -= (size_t)n;
    }
    return 0;
}

int file_replace(const char *path, const char *text, size_t length,
                 struct reason *reason) {
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.part", path) >= (int)sizeof temporary) {
        reason_set(reason, "%s: the path is too long", path);
        return -ENAMETOOLONG;
    }
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int error = fd < 0 ? -errno : write_all(fd, text, length);
    if (!error && fsync(fd) < 0)
        error = -errno;
    if (fd >= 0 && close(fd) < 0 && !error)
        error = -errno;
    if (!error && rename(temporary, path) < 0)
        error = -errno;
    if (error) {
        reason_set(reason, "cannot write %s: %s", path, strerror(-error));
        unlink(temporary);
    }
    return error;
}

int file_draft_begin(struct file_draft *ret, const char *path, struct reason *reason) {
    *ret = (struct file_draft){.path = path};
    ret->out = open_memstream(&ret->text, &ret->length);
    reason_set(reason, "out of memory while writing %s", path);
    return ret->out ? 0 : -ENOMEM;
}

int file_draft_write(struct file_draft *draft, int error, struct reason *reason) {
    reason_set(reason, "out of memory while writing %s", draft->path);
    if (fclose(draft->out) != 0)
        error = -ENOMEM;
    if (!error)
        error = file_replace(draft->path, draft->text, draft->length, reason);
    free(draft->text);
    return error;
}

int file_make_directories(const char *path, struct reason *reason) {
    char partial[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof partial) {
        reason_set(reason, "\"%s\" is not a usable folder name", path);
        return -EINVAL;
    }
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(partial, path, i);
        partial[i] = '\0';
        if (mkdir(partial, 0755) < 0 && errno != EEXIST) {
            int error = -errno;
            reason_set(reason, "cannot create the folder %s: %s", partial,
                       strerror(-error));
            return error;
        }
    }
    return 0;
}

const char *file_base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
