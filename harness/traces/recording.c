/* The folder of a recording. recording_convert.c makes traces of its records. */
#include "recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "heap.h"
#include "rawfile.h"
#include "reason.h"

#define CONTROL_NAME "control"

static int fail(struct reason *reason, const char *path, int error) {
    reason_set(reason, "cannot record into %s: %s", path, strerror(-error));
    return error;
}

int recording_prepare(const char *folder, uint64_t bytes_max, struct reason *reason) {
    char path[PATH_MAX];
    int error = file_make_directories(folder, reason);
    if (error)
        return error;
    struct raw_control control = {.start_ns = clock_now_ns(), .bytes_max = bytes_max};
    memcpy(control.magic, RAW_CONTROL_MAGIC, sizeof control.magic);
    snprintf(path, sizeof path, "%s/" CONTROL_NAME, folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) {
        reason_set(reason,
                   "%s holds an earlier recording: make its traces with `tidemark record "
                   "--recover=%s`, or remove the folder",
                   folder, folder);
        return -EEXIST;
    }
    if (fd < 0)
        return fail(reason, path, -errno);
    ssize_t n = write(fd, &control, sizeof control);
    error = n == (ssize_t)sizeof control ? 0 : n < 0 ? -errno : -ENOSPC;
    close(fd);
    return error ? fail(reason, path, error) : 0;
}

enum { FILES_MAX = 1 << 22 }; /* a control file that says more is damaged */

/* Opens and reads the control file. Returns its descriptor, or -errno with `reason`. */
static int open_control(const char *folder, struct raw_control *ret,
                        struct reason *reason) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/" CONTROL_NAME, folder);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int error = fd < 0                                                     ? -errno
                : read(fd, ret, sizeof *ret) != sizeof *ret                ? -ENODATA
                : memcmp(ret->magic, RAW_CONTROL_MAGIC, sizeof ret->magic) ? -EINVAL
                : ret->files > FILES_MAX                                   ? -EINVAL
                                                                           : 0;
    if (!error)
        return fd;
    if (error == -EINVAL)
        reason_set(reason, "%s was not written by this version of tidemark record", path);
    else
        reason_set(
            reason,
            "%s is not the folder of a recording: its file %s is missing or incomplete",
            folder, CONTROL_NAME);
    if (fd >= 0)
        close(fd);
    return error;
}

int recording_stop(const char *folder) {
    struct raw_control control;
    const uint32_t is_stopped = 1;
    int fd = open_control(folder, &control, NULL);
    if (fd < 0)
        return fd;
    /* the recorder has the file mapped: it sees this */
    ssize_t n = pwrite(fd, &is_stopped, sizeof is_stopped,
                       offsetof(struct raw_control, is_stopped));
    int error = n < 0 ? -errno : 0;
    close(fd);
    return error;
}

/* ---- reading ---- */

static uint64_t count_calls(const struct recording_file *file) {
    const struct raw_record *records =
        (const void *)((const char *)file->head + RAW_HEAD_BYTES);
    uint64_t lost = file->head->lost_order, calls = 0;
    size_t count = (file->length - RAW_HEAD_BYTES) / sizeof *records;
    for (size_t i = 0; i < count; i++)
        calls +=
            records[i].op && records[i].op != RAW_REALLOC_FROM && records[i].order < lost;
    return calls;
}

/* Maps a raw file. 0; -ENODATA if the process ended before it had written the head; or
 * -errno. */
static int open_file(struct recording_file *ret, const char *path) {
    struct stat info = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ENODATA : -errno;
    void *at = MAP_FAILED;
    int error = fstat(fd, &info) < 0            ? -errno
                : info.st_size < RAW_HEAD_BYTES ? -ENODATA
                                                : 0;
    if (!error) {
        at = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        error = at == MAP_FAILED ? -errno : 0;
    }
    close(fd);
    if (error)
        return error;
    const struct raw_head *head = at;
    if (memcmp(head->magic, RAW_FILE_MAGIC, sizeof head->magic) != 0) {
        munmap(at, (size_t)info.st_size);
        return -ENODATA;
    }
    *ret = (struct recording_file){.head = head, .length = (size_t)info.st_size};
    snprintf(ret->program, sizeof ret->program, "%.*s", RAW_PROGRAM_MAX - 1,
             head->program);
    ret->calls = count_calls(ret);
    return 0;
}

static int by_calls(const void *a, const void *b) {
    const struct recording_file *one = a, *other = b;
    if (one->calls != other->calls)
        return one->calls < other->calls ? 1 : -1;
    return one->head->file < other->head->file ? -1 : 1;
}

int recording_open(struct recording *ret, const char *folder, struct reason *reason) {
    struct raw_control control;
    int fd = open_control(folder, &control, reason);
    if (fd < 0)
        return fd;
    close(fd);
    struct recording recording = {.files =
                                      heap_new(control.files, sizeof *recording.files),
                                  .error = control.error,
                                  .unrecorded = control.unrecorded};
    for (uint32_t n = 1; n <= control.files; n++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%u.raw", folder, n);
        int error = open_file(&recording.files[recording.count], path);
        recording.count += !error;
        if (error && error != -ENODATA) {
            recording.unreadable++;
            recording.read_error = error;
        }
    }
    qsort(recording.files, recording.count, sizeof *recording.files, by_calls);
    *ret = recording;
    return 0;
}

void recording_finish(struct recording *recording) {
    for (size_t i = 0; i < recording->count; i++)
        munmap((void *)recording->files[i].head, recording->files[i].length);
    free(recording->files);
    *recording = (struct recording){0};
}

void recording_remove(const char *folder) {
    DIR *entries = opendir(folder);
    if (!entries)
        return;
    for (struct dirent *entry; (entry = readdir(entries));) {
        size_t length = strlen(entry->d_name);
        if (strcmp(entry->d_name, CONTROL_NAME) == 0 ||
            (length > 4 && strcmp(entry->d_name + length - 4, ".raw") == 0))
            unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
    rmdir(folder);
}
