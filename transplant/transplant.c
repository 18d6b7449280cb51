/*
 * A library to be preloaded that stands before dlopen(). Of a library with mimalloc
 * linked in (shims.h) a copy is loaded whose four functions jump to those below, which
 * call malloc: that of the C library, or of whatever is preloaded. The copy is patched
 * before it is loaded, all four at once, so that no code of it ever runs on two
 * allocators; one that cannot be patched is loaded as it is, and that is said, once it is
 * loaded (verdict.h). It stands before mmap(), too, to see a copy whose own allocator is
 * at work all the same.
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
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"
#include "shims.h"
#include "transplant.h"
#include "verdict.h"

enum {
    LIBRARIES_MAX = 1024,
    WHY_MAX = 512,
    ALIGNMENT_OF_MALLOC = 16,
    RESERVATION_MIN =
        16 << 20, /* mimalloc reserves 32 MiB and more for its first block */
};

typedef void *mapper(void *hint, size_t length, int protection, int flags, int fd,
                     off_t offset);

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
    char *path; /* NULL: it has no copy */
    char *copy; /* NULL: itself */
    char *why;  /* what has to be told if it is loaded as it is; NULL: nothing */
    bool is_told, is_mixed;
};

static struct library libraries[LIBRARIES_MAX];
static size_t library_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static probe_opener *next_dlopen;
static mapper *next_mmap;

static bool is_addon(const char *path) {
    size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".node") == 0;
}

/* A measurement that nobody can be told about must not go on. */
static void tell(const char *verdict, const char *path, const char *why) {
    int error = verdict_tell(getenv(VERDICT_FOLDERS_VARIABLE),
                             getenv(TRANSPLANT_FOLDER_VARIABLE), verdict, path, why);
    if (!error || error == -ENOENT) /* the tool has ended, and left this process behind */
        return;
    dprintf(
        STDERR_FILENO,
        "tidemark: cannot report what became of %s: cannot write to the folders %s: %s\n",
        path, getenv(VERDICT_FOLDERS_VARIABLE), strerror(-error));
    abort();
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

/* The loader only warns where it cannot preload: then this would run on another malloc.
 */
static bool lacks_allocator(void) {
    const char *allocator = getenv(TRANSPLANT_ALLOCATOR_VARIABLE);
    return allocator && !next_dlopen(allocator, RTLD_LAZY | RTLD_NOLOAD);
}

/* Patches the file's bytes and writes them into the folder. The name, or NULL with why.
 */
static char *make_copy(const char *path, const struct shims *shims, unsigned char *bytes,
                       size_t length, const char **why) {
    char *copy;
    const char *slash = strrchr(path, '/');
    *why = "the allocator that was asked for is not loaded in its process";
    if (lacks_allocator() || probe_check(path, shims, why) < 0)
        return NULL;
    patch(bytes, shims);
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

/* Looks at a file for the first time. What is no addon, and has no shims, needs no word.
 */
static void examine(const char *path, size_t length, int fd, struct library *ret) {
    const char *why = "it could not be read";
    struct shims shims;
    bool is_concerned = is_addon(path);
    void *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (bytes != MAP_FAILED) {
        int error = shims_find(bytes, length, &shims, &why);
        is_concerned = is_concerned || error != -ENOENT;
        if (!error)
            ret->copy = make_copy(path, &shims, bytes, length, &why);
        ret->path = ret->copy ? strdup(path) : NULL;
        munmap(bytes, length);
    }
    if (!ret->copy && is_concerned)
        ret->why = strdup(why);
}

/* Libraries load themselves once more by their own path, to stay: that is the copy's. */
static bool is_copy(const char *path) {
    const char *folder = getenv(TRANSPLANT_FOLDER_VARIABLE);
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* The file's entry, the same every time, since the loader knows a file by its inode; NULL
 * where it cannot be loaded. Under the lock. */
static struct library *find_library(const char *path, int fd) {
    static struct library too_many = {.why = (char *)"there are too many libraries"};
    struct stat info;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
        return NULL;
    for (size_t i = 0; i < library_count; i++)
        if (libraries[i].device == info.st_dev && libraries[i].inode == info.st_ino)
            return &libraries[i];
    if (library_count == LIBRARIES_MAX)
        return &too_many;
    struct library *library = &libraries[library_count];
    *library = (struct library){.device = info.st_dev, .inode = info.st_ino};
    examine(path, (size_t)info.st_size, fd, library);
    library_count++;
    return library;
}

/* Whether this is the first time that there is something to tell. */
static bool has_to_tell(struct library *library) {
    pthread_mutex_lock(&lock);
    bool is_first = !library->is_told;
    library->is_told = true;
    pthread_mutex_unlock(&lock);
    return is_first;
}

/* From now on the file is loaded as it is, since its copy cannot be. */
static void give_up(struct library *library, const char *error) {
    char why[WHY_MAX];
    snprintf(why, sizeof why, "its patched copy could not be loaded: %s",
             error ? error : "no reason was given");
    for (char *at = why; *at; at++)
        *at = *at == '\t' || *at == '\n' ? ' ' : *at;
    pthread_mutex_lock(&lock);
    library->copy = NULL;
    library->is_told = false;
    if (!library->why)
        library->why = strdup(why);
    pthread_mutex_unlock(&lock);
}

/* Not under the lock: constructors may load others, or start threads that do. */
static void *load(struct library *library, const char *path, int mode) {
    char *copy = library->copy;
    void *handle = copy ? next_dlopen(copy, mode) : NULL;
    if (handle) {
        if (has_to_tell(library))
            tell(VERDICT_DONE, path, "");
        return handle;
    }
    if (copy && mode & RTLD_NOLOAD)
        return NULL;
    if (copy)
        give_up(library, dlerror());
    handle = next_dlopen(path, mode);
    if (handle && library->why && has_to_tell(library))
        tell(VERDICT_REFUSED, path, library->why);
    return handle;
}

static bool is_wanted(const char *path) {
    /* a bare name is looked for in the system's folders, where no addons are */
    return path && strchr(path, '/') && getenv(TRANSPLANT_FOLDER_VARIABLE) &&
           getenv(VERDICT_FOLDERS_VARIABLE) && !is_copy(path);
}

static void need_next(void) {
    if (!next_dlopen)
        next_dlopen = (probe_opener *)dlsym(RTLD_NEXT, "dlopen");
}

__attribute__((visibility("default"))) void *dlopen(const char *path, int mode) {
    need_next();
    int fd = is_wanted(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return next_dlopen(path, mode);
    pthread_mutex_lock(&lock);
    struct library *library = find_library(path, fd);
    pthread_mutex_unlock(&lock);
    close(fd);
    return library ? load(library, path, mode) : next_dlopen(path, mode);
}

/* ---- whether its own allocator is at work all the same ---- */

/* The library that is loaded as the copy, if it is the first time for it. */
static const char *take_mixed(const char *copy) {
    const char *path = NULL;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < library_count; i++)
        if (libraries[i].copy && strcmp(libraries[i].copy, copy) == 0 &&
            !libraries[i].is_mixed) {
            libraries[i].is_mixed = true;
            path = libraries[i].path ? libraries[i].path : copy;
        }
    pthread_mutex_unlock(&lock);
    return path;
}

/*
 * A copy that reserves address space, as mimalloc does before its first block, has code
 * that calls it by other functions than the four, such as C code by a malloc of its own.
 */
static void look_at_caller(const void *caller) {
    Dl_info info;
    if (!getenv(TRANSPLANT_FOLDER_VARIABLE) || !getenv(VERDICT_FOLDERS_VARIABLE) ||
        !dladdr(caller, &info) || !info.dli_fname || !is_copy(info.dli_fname))
        return;
    const char *path = take_mixed(info.dli_fname);
    if (path)
        tell(VERDICT_MIXED, path, "its code calls further functions of its allocator");
}

static inline void *map(void *hint, size_t length, int protection, int flags, int fd,
                        off_t offset, const void *caller) {
    if (length >= RESERVATION_MIN && flags & MAP_ANONYMOUS && flags & MAP_NORESERVE)
        look_at_caller(caller);
    if (next_mmap)
        return next_mmap(hint, length, protection, flags, fd, offset);
    return (void *)syscall(SYS_mmap, hint, length, protection, flags, fd, offset);
}

__attribute__((visibility("default"))) void *
mmap(void *hint, size_t length, int protection, int flags, int fd, off_t offset) {
    return map(hint, length, protection, flags, fd, offset, __builtin_return_address(0));
}

__attribute__((visibility("default"))) void *
mmap64(void *hint, size_t length, int protection, int flags, int fd, off_t offset) {
    return map(hint, length, protection, flags, fd, offset, __builtin_return_address(0));
}

__attribute__((constructor)) static void start(void) {
    need_next();
    next_mmap = (mapper *)dlsym(RTLD_NEXT, "mmap");
    probe_be(next_dlopen);
}
