/*
 * A library to be preloaded that stands before dlopen(). Instead of a library with
 * mimalloc inside, it loads a copy in which the functions of that allocator jump to
 * replacements (replacement.h). These call malloc: that of the C library, or of whatever
 * is preloaded. The copy is patched before it is loaded, all functions at once, so none
 * of its code ever runs on two allocators. A library that cannot be patched is loaded as
 * it is. Then a verdict says so (verdict.h).
 *
 * This library stands before mmap(), too, to notice if the own allocator of a copy is at
 * work all the same.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "candidates.h"
#include "elfimage.h"
#include "functions.h"
#include "own.h"
#include "probe.h"
#include "replacement.h"
#include "shims.h"
#include "transplant.h"
#include "verdict.h"

enum {
    LIBRARIES_MAX = 1024,
    WHY_MAX = 512,
    RESERVATION_MIN =
        16 << 20, /* mimalloc reserves at least 32 MiB before its first block */
};

typedef void *mapper(void *hint, size_t length, int protection, int flags, int fd,
                     off_t offset);
typedef int unmapper(void *begin, size_t length);

/* ---- copies ---- */

/*
 * A file that was examined, and what to load in its place. Written under `lock`. `path`
 * and `copy` never change, and `why` changes only before `is_given_up` is set. So they
 * are read without the lock.
 */
struct library {
    dev_t device;
    ino_t inode;
    char *path; /* NULL: there is no copy */
    char *copy; /* the file to load instead; NULL: load the library itself */
    char *why;  /* what to report if it is loaded as it is; NULL: nothing */
    atomic_bool is_told;
    atomic_bool is_given_up; /* the copy cannot be loaded: load the library itself */
    atomic_bool is_mixed;
    _Atomic uintptr_t code_begin, code_end; /* of the copy; set once it is loaded */
};

static struct library libraries[LIBRARIES_MAX];
static size_t library_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static probe_opener *next_dlopen;
static mapper *next_mmap;
static unmapper *next_munmap;
static _Thread_local struct library *loading; /* what this thread is loading */

static bool is_addon(const char *path) {
    size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".node") == 0;
}

/* Reports a verdict. Ends the process if it cannot: the measurement must not go on
 * without it. */
static void tell(const char *verdict, const char *path, const char *why) {
    int error = verdict_tell(getenv(VERDICT_FOLDERS_VARIABLE),
                             getenv(TRANSPLANT_FOLDER_VARIABLE), verdict, path, why);
    if (!error || error == -ENOENT) /* the tool has ended, and its folder is gone */
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

/* Whether the requested allocator is missing. The loader only warns if it cannot preload
 * it; the program would then run on another malloc. */
static bool lacks_allocator(void) {
    const char *allocator = getenv(TRANSPLANT_ALLOCATOR_VARIABLE);
    return allocator && !next_dlopen(allocator, RTLD_LAZY | RTLD_NOLOAD);
}

/* ---- which functions ---- */

/* Finds the functions among candidates by what they do. */
static int find_by_behaviour(const char *path, const struct elfimage *image,
                             struct functions *ret, const char **ret_why) {
    static char inlined[WHY_MAX]; /* the caller has the lock, and copies the reason */
    unsigned places;
    int error = probe_search(path, ret, ret_why);
    if (error)
        return error;
    *ret_why = "there is not enough memory to look for inlined fast paths";
    error = candidates_inlined(image, ret, &places);
    if (error)
        return error;
    if (places < CANDIDATES_INLINED_MIN)
        return probe_load(path, ret, ret_why);
    snprintf(inlined, WHY_MAX,
             "its allocator's fast paths are inlined into their callers: %u places call "
             "the slow ones",
             places);
    *ret_why = inlined;
    return -EINVAL;
}

/* -ENOENT if there is no allocator that could be moved. */
static int find_functions(const char *path, const unsigned char *bytes, size_t length,
                          struct functions *ret, const char **ret_why) {
    struct elfimage image;
    *ret_why = elfimage_open(&image, bytes, length);
    if (*ret_why)
        return -ENOENT;
    int error = shims_find(&image, ret, ret_why);
    if (!error)
        return probe_search(path, ret, ret_why);
    if (error == -ENOENT)
        error = candidates_find(&image, ret, ret_why);
    return error ? error : find_by_behaviour(path, &image, ret, ret_why);
}

/* Writes the patched bytes into the folder. Returns the name (the caller frees it), or
 * NULL with `why`. */
static char *make_copy(const char *path, const unsigned char *bytes, size_t length,
                       const char **why) {
    char *copy;
    const char *slash = strrchr(path, '/');
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

/* Examines a file for the first time. A file that is no addon and has no movable
 * allocator needs no verdict. */
static void examine(const char *path, size_t length, int fd, struct library *ret) {
    const char *why = "it could not be read";
    struct functions functions = {0};
    bool is_concerned = is_addon(path);
    void *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (bytes != MAP_FAILED) {
        int error = find_functions(path, bytes, length, &functions, &why);
        is_concerned = is_concerned || error != -ENOENT;
        if (!error && lacks_allocator())
            why = "the allocator that was asked for is not loaded in its process";
        else if (!error) {
            replacement_patch(bytes, &functions);
            ret->copy = make_copy(path, bytes, length, &why);
        }
        ret->path = ret->copy ? strdup(path) : NULL;
        munmap(bytes, length);
    }
    if (!ret->copy && is_concerned)
        ret->why = strdup(why);
}

/* Whether the path is that of a copy. A library may load itself again by its own path, to
 * stay loaded. */
static bool is_copy(const char *path) {
    const char *folder = getenv(TRANSPLANT_FOLDER_VARIABLE);
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/*
 * Finds or makes the entry of a file. A file has one entry, whatever its path, since the
 * loader also identifies files by inode. NULL if it cannot be loaded. Call it under the
 * lock.
 */
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

/* From now on the file is loaded as it is, because its copy cannot be loaded. */
static void give_up(struct library *library, const char *error) {
    char why[WHY_MAX];
    snprintf(why, sizeof why, "its patched copy could not be loaded: %s",
             error ? error : "no reason was given");
    for (char *at = why; *at; at++)
        *at = *at == '\t' || *at == '\n' ? ' ' : *at;
    pthread_mutex_lock(&lock);
    library->is_told = false;
    if (!library->why)
        library->why = strdup(why);
    library->is_given_up = true;
    pthread_mutex_unlock(&lock);
}

struct image_of {
    struct library *library;
    uintptr_t base;
};

static int add_segments(struct dl_phdr_info *info, size_t size, void *context) {
    const struct image_of *image = context;
    (void)size;
    if (info->dlpi_addr != image->base)
        return 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && segment->p_flags & PF_X) {
            image->library->code_begin = begin;
            image->library->code_end = begin + segment->p_memsz;
        } else if (segment->p_type == PT_LOAD && segment->p_flags & PF_W)
            own_add((void *)begin, segment->p_memsz, image->library);
    }
    return 1;
}

/*
 * From now on the data of the copy, and what its code maps, belong to its own allocator.
 */
static void know_image(struct library *library, void *handle) {
    struct link_map *map;
    pthread_mutex_lock(&lock);
    if (!library->code_end && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0)
        dl_iterate_phdr(add_segments, &(struct image_of){library, map->l_addr});
    pthread_mutex_unlock(&lock);
}

/* Call it without the lock: constructors may load other libraries, or start threads that
 * do. */
static void *load(struct library *library, const char *path, int mode) {
    char *copy = library->is_given_up ? NULL : library->copy;
    struct library *outer = loading;
    loading = copy ? library : outer;
    void *handle = copy ? next_dlopen(copy, mode) : NULL;
    loading = outer;
    if (handle) {
        if (copy)
            know_image(library, handle);
        if (!atomic_exchange(&library->is_told, true))
            tell(VERDICT_DONE, path, "");
        return handle;
    }
    if (copy && mode & RTLD_NOLOAD)
        return NULL;
    if (copy)
        give_up(library, dlerror());
    handle = next_dlopen(path, mode);
    if (handle && library->why && !atomic_exchange(&library->is_told, true))
        tell(VERDICT_REFUSED, path, library->why);
    return handle;
}

static bool is_wanted(const char *path) {
    /* the loader looks for a bare name in the system's folders, which hold no addons */
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

/* ---- whether the own allocator of a copy is at work ---- */

static void tell_mixed(struct library *library, const char *why) {
    if (!atomic_exchange(&library->is_mixed, true) &&
        getenv(TRANSPLANT_FOLDER_VARIABLE) && getenv(VERDICT_FOLDERS_VARIABLE))
        tell(VERDICT_MIXED, library->path ? library->path : library->copy, why);
}

void replacement_tell_foreign(void *owner) {
    tell_mixed(owner,
               "blocks of its own allocator were to be freed: other functions hand "
               "them out, or code that is inlined into its callers");
}

/*
 * The library with a copy that contains `code`, or NULL. The loader is asked only in a
 * thread that is loading a library already. Other threads may hold a lock of an
 * allocator.
 */
static struct library *library_of(const void *code) {
    Dl_info info;
    uintptr_t place = (uintptr_t)code;
    for (size_t i = 0; i < LIBRARIES_MAX && libraries[i].inode; i++)
        if (place >= libraries[i].code_begin && place < libraries[i].code_end)
            return &libraries[i];
    if (loading && dladdr(code, &info) && info.dli_fname &&
        strcmp(info.dli_fname, loading->copy) == 0)
        return loading;
    return NULL;
}

/*
 * Memory that a copy maps belongs to its own allocator. mimalloc reserves address space
 * before its first block. If a copy does that, its code calls the allocator through
 * functions that were not found; for example, C code may call a malloc of its own.
 */
static void *map(void *hint, size_t length, int protection, int flags, int fd,
                 off_t offset, const void *caller) {
    void *begin = next_mmap ? next_mmap(hint, length, protection, flags, fd, offset)
                            : (void *)syscall(SYS_mmap, hint, length, protection, flags,
                                              fd, offset);
    struct library *library =
        begin != MAP_FAILED && flags & MAP_ANONYMOUS ? library_of(caller) : NULL;
    if (!library)
        return begin;
    own_add(begin, length, library);
    if (length >= RESERVATION_MIN && flags & MAP_NORESERVE)
        tell_mixed(library, "code in it calls others of its allocator's functions");
    return begin;
}

__attribute__((visibility("default"))) void *
mmap(void *hint, size_t length, int protection, int flags, int fd, off_t offset) {
    return map(hint, length, protection, flags, fd, offset, __builtin_return_address(0));
}

__attribute__((visibility("default"), alias("mmap"))) void *
mmap64(void *hint, size_t length, int protection, int flags, int fd, off_t offset);

__attribute__((visibility("default"))) int munmap(void *begin, size_t length) {
    own_remove(begin, length); /* before the addresses can be used again */
    return next_munmap ? next_munmap(begin, length)
                       : (int)syscall(SYS_munmap, begin, length);
}

/* ---- a copy that is only tried ---- */

static struct library trial;

static void *open_copy(const char *path, int mode) {
    trial.copy = (char *)path;
    loading = &trial;
    void *handle = next_dlopen(path, mode);
    loading = NULL;
    if (handle)
        know_image(&trial, handle);
    return handle;
}

static bool is_trial_mixed(void) {
    return trial.is_mixed;
}

__attribute__((constructor)) static void start(void) {
    need_next();
    next_mmap = (mapper *)dlsym(RTLD_NEXT, "mmap");
    next_munmap = (unmapper *)dlsym(RTLD_NEXT, "munmap");
    probe_be(&(struct probe_host){
        .open = next_dlopen, .open_copy = open_copy, .is_mixed = is_trial_mixed});
}
