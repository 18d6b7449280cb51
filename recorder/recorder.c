/*
 * The recorder is a library to be preloaded. It stands before the program's malloc,
 * passes on every call, and records it (buffer.c). It works with any allocator that comes
 * after it in the order of the loader. If the allocator brings its own `operator new`,
 * only calls that reach malloc are seen: so record programs on the C library's malloc.
 */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"

#define EXPORT __attribute__((visibility("default")))

/* The next functions in the order of the loader. The first call finds them, before there
 * are threads. */
static struct {
    void *(*malloc)(size_t);
    void (*free)(void *);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
} next;

/* ---- memory for dlsym() while it finds `next`; never freed ---- */

static _Alignas(16) char early[4096];
static size_t early_used;
static int is_resolving;

static void *early_alloc(size_t size) {
    size_t bytes = (size + 31) & ~(size_t)15; /* plus 16 that hold the size */
    if (bytes > sizeof early - early_used) {
        static const char message[] = "tidemark: the dynamic loader needs more memory "
                                      "than the recorder can give it\n";
        if (write(2, message, sizeof message - 1) < 0)
            abort();
        abort();
    }
    char *at = early + early_used;
    early_used += bytes;
    memcpy(at, &size, sizeof size);
    return at + 16;
}

static int is_early(const void *block) {
    return (const char *)block >= early && (const char *)block < early + sizeof early;
}

static void *move_early(const void *block, size_t size) {
    void *moved = malloc(size);
    size_t old;
    memcpy(&old, (const char *)block - 16, sizeof old);
    if (moved)
        memcpy(moved, block, old < size ? old : size);
    return moved;
}

static void resolve(void) {
    is_resolving = 1;
    next.free = dlsym(RTLD_NEXT, "free");
    next.calloc = dlsym(RTLD_NEXT, "calloc");
    next.realloc = dlsym(RTLD_NEXT, "realloc");
    next.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
    next.memalign = dlsym(RTLD_NEXT, "memalign");
    next.valloc = dlsym(RTLD_NEXT, "valloc");
    next.pvalloc = dlsym(RTLD_NEXT, "pvalloc");
    next.malloc = dlsym(RTLD_NEXT, "malloc");
    is_resolving = 0;
}

static inline void need_next(void) {
    if (__builtin_expect(!next.malloc, 0) && !is_resolving)
        resolve();
}

/* Records a block, unless the call failed. */
static inline void *noted(enum raw_op op, void *block, size_t size, size_t alignment) {
    if (block)
        buffer_note(op, block, size,
                    alignment ? (unsigned)__builtin_ctzll(alignment) : 0);
    return block;
}

/* ---- the functions ---- */

EXPORT void *malloc(size_t size) {
    need_next();
    if (__builtin_expect(is_resolving, 0))
        return early_alloc(size);
    return noted(RAW_MALLOC, next.malloc(size), size, 0);
}

EXPORT void free(void *block) {
    if (!block || is_early(block))
        return;
    need_next();
    buffer_note(RAW_FREE, block, 0, 0);
    next.free(block);
}

EXPORT void *calloc(size_t count, size_t size) {
    need_next();
    if (__builtin_expect(is_resolving, 0))
        return early_alloc(count * size);
    return noted(RAW_CALLOC, next.calloc(count, size), count * size, 0);
}

EXPORT void *realloc(void *block, size_t size) {
    if (!block)
        return malloc(size);
    if (is_early(block))
        return move_early(block, size);
    need_next();
    buffer_note(RAW_REALLOC_FROM, block, size, 0);
    void *moved = next.realloc(block, size);
    buffer_note(RAW_REALLOC_TO, moved, size, 0);
    return moved;
}

EXPORT void *reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

EXPORT int posix_memalign(void **ret, size_t alignment, size_t size) {
    need_next();
    int error = next.posix_memalign(ret, alignment, size);
    if (!error)
        noted(RAW_ALIGNED, *ret, size, alignment);
    return error;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    need_next();
    return noted(RAW_ALIGNED, next.aligned_alloc(alignment, size), size, alignment);
}

EXPORT void *memalign(size_t alignment, size_t size) {
    need_next();
    return noted(RAW_ALIGNED, next.memalign(alignment, size), size, alignment);
}

EXPORT void *valloc(size_t size) {
    need_next();
    return noted(RAW_ALIGNED, next.valloc(size), size, (size_t)getpagesize());
}

EXPORT void *pvalloc(size_t size) {
    need_next();
    size_t page = (size_t)getpagesize();
    size_t whole = (size + page - 1) / page * page;
    return noted(RAW_ALIGNED, next.pvalloc(size), whole, page);
}

/*
 * This library is linked with -z initfirst, so its constructor runs before all others.
 * Blocks that they allocate are recorded, too. The environment comes as an argument,
 * since the variable `environ` may not be set this early.
 */
__attribute__((constructor)) static void start(int argc, char **argv, char **envp) {
    (void)argc;
    (void)argv;
    need_next();
    buffer_open(envp);
}
