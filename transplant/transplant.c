/*
 * A library to be preloaded that stands before dlopen(). Of a library with mimalloc
 * linked in (shims.h) a copy is loaded whose four functions jump to those below, which
 * call malloc: that of the C library, or of whatever is preloaded. The copy is patched
 * before it is loaded, all four at once, so that no code of it ever runs on two
 * allocators; one that cannot be patched is loaded as it is, and that is said.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"
#include "shims.h"
#include "transplant.h"

enum { LIBRARIES_MAX = 64, ALIGNMENT_OF_MALLOC = 16 };

/* ---- what stands for mimalloc's functions ---- */

/* malloc aligns to 16, but some allocators a block below 16 bytes only to its size. */
static bool needs_no_alignment(size_t size, size_t alignment) {
    return alignment <= ALIGNMENT_OF_MALLOC && alignment <= size;
}

static void *new_alloc(size_t size, size_t alignment) {
    void *block;
    if (needs_no_alignment(size, alignment))
        return malloc(size);
    if (alignment < sizeof(void *))
        alignment = sizeof(void *);
    return posix_memalign(&block, alignment, size) == 0 ? block : NULL;
}

static void *new_alloc_zeroed(size_t size, size_t alignment) {
    if (needs_no_alignment(size, alignment))
        return calloc(1, size);
    void *block = new_alloc(size, alignment);
    return block ? memset(block, 0, size) : NULL;
}

static void *new_realloc(void *block, size_t size, size_t alignment) {
    if (needs_no_alignment(size, alignment))
        return realloc(block, size);
    void *moved = new_alloc(size, alignment);
    if (moved && block) {
        size_t old = malloc_usable_size(block);
        memcpy(moved, block, old < size ? old : size);
        free(block);
    }
    return moved;
}

static void new_dealloc(void *block) {
    free(block);
}

/* ---- copies ---- */

/* A file that was looked at, and what is to be loaded in its place. Under the lock. */
struct library {
    dev_t device;
    ino_t inode;
    char *copy; /* NULL: itself */
};

static struct library libraries[LIBRARIES_MAX];
static size_t library_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_addon(const char *path) {
    size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".node") == 0;
}

static void tell(const char *verdict, const char *path, const char *why) {
    char line[PATH_MAX + 512], log[PATH_MAX];
    int length = snprintf(line, sizeof line, "%d\t%s\t%s\t%s\n", (int)getpid(), verdict,
                          path, why);
    snprintf(log, sizeof log, "%s/" TRANSPLANT_LOG, getenv(TRANSPLANT_FOLDER_VARIABLE));
    int fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0 && length > 0 && (size_t)length < sizeof line)
        /* nobody can be told that the log is lost; the driver finds it missing */
        (void)!write(fd, line, (size_t)length);
    if (fd >= 0)
        close(fd);
}

static int write_copy(const char *copy, const unsigned char *bytes, size_t length) {
    int fd = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    if (fd < 0)
        return -errno;
    int error = 0;
    for (size_t done = 0; !error && done < length;) {
        ssize_t n = write(fd, bytes + done, length - done);
        if (n < 0 && errno != EINTR)
            error = -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    if (error)
        unlink(copy);
    return error;
}

static void patch(unsigned char *bytes, const struct shims *shims) {
    shims_put_jump(bytes + shims->offset[SHIM_ALLOC], (const void *)new_alloc);
    shims_put_jump(bytes + shims->offset[SHIM_DEALLOC], (const void *)new_dealloc);
    shims_put_jump(bytes + shims->offset[SHIM_REALLOC], (const void *)new_realloc);
    shims_put_jump(bytes + shims->offset[SHIM_ALLOC_ZEROED],
                   (const void *)new_alloc_zeroed);
}

/* Patches the file's bytes and writes them beside the log. The name, or NULL with why. */
static char *make_copy(const char *path, unsigned char *bytes, size_t length,
                       probe_opener *opener, const char **why) {
    struct shims shims;
    char *copy;
    const char *slash = strrchr(path, '/');
    if (shims_find(bytes, length, &shims, why) < 0 ||
        probe_check(path, &shims, opener, why) < 0)
        return NULL;
    patch(bytes, &shims);
    if (asprintf(&copy, "%s/%d-%zu-%s", getenv(TRANSPLANT_FOLDER_VARIABLE), (int)getpid(),
                 library_count, slash ? slash + 1 : path) < 0) {
        *why = "out of memory";
        return NULL;
    }
    if (write_copy(copy, bytes, length) < 0) {
        *why = "its patched copy could not be written";
        free(copy);
        return NULL;
    }
    return copy;
}

/* Looks at a file for the first time. NULL: it is to be loaded as it is. */
static char *examine(const char *path, size_t length, int fd, probe_opener *opener) {
    const char *why = "it could not be read";
    void *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char *copy =
        bytes == MAP_FAILED ? NULL : make_copy(path, bytes, length, opener, &why);
    if (bytes != MAP_FAILED)
        munmap(bytes, length);
    if (copy)
        tell(TRANSPLANT_DONE, path, "");
    else if (is_addon(path))
        tell(TRANSPLANT_REFUSED, path, why);
    return copy;
}

/* Libraries load themselves once more by their own path, to stay: that is the copy's. */
static bool is_copy(const char *path) {
    const char *folder = getenv(TRANSPLANT_FOLDER_VARIABLE);
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* What to load for the file: the same every time, since the loader knows it by its inode.
 */
static const char *replacement(const char *path, probe_opener *opener) {
    struct stat info;
    const char *found = path;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return path;
    pthread_mutex_lock(&lock);
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
        size_t i = 0;
        while (i < library_count &&
               (libraries[i].device != info.st_dev || libraries[i].inode != info.st_ino))
            i++;
        if (i == library_count && i < LIBRARIES_MAX) {
            char *copy = examine(path, (size_t)info.st_size, fd, opener);
            libraries[library_count++] = (struct library){info.st_dev, info.st_ino, copy};
        }
        if (i < library_count && libraries[i].copy)
            found = libraries[i].copy;
    }
    pthread_mutex_unlock(&lock);
    close(fd);
    return found;
}

__attribute__((visibility("default"))) void *dlopen(const char *path, int mode) {
    static probe_opener *next;
    if (!next)
        next = (probe_opener *)dlsym(RTLD_NEXT, "dlopen");
    /* a bare name is looked for in the system's folders, where no addons are */
    if (path && strchr(path, '/') && getenv(TRANSPLANT_FOLDER_VARIABLE) && !is_copy(path))
        path = replacement(path, next);
    return next(path, mode);
}
