/* jemalloc, configured with --with-jemalloc-prefix=je_. This file declares the few
 * functions, so no header has to be installed. shims/broken.h says what each macro is. */
#ifndef CONFORMANCE_SHIMS_JEMALLOC_H
#define CONFORMANCE_SHIMS_JEMALLOC_H

#include <stdbool.h>
#include <stddef.h>

void *je_malloc(size_t size);
void *je_calloc(size_t count, size_t size);
void *je_realloc(void *block, size_t size);
void je_free(void *block);
void *je_mallocx(size_t size, int flags);
void *je_rallocx(void *block, size_t size, int flags);
void je_sdallocx(void *block, size_t size, int flags);
size_t je_malloc_usable_size(void *block);
int je_mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size);

/* MALLOCX_ALIGN() and MALLOCX_ZERO of jemalloc's header. */
#define JE_ALIGN(align) __builtin_ctzll(align)
#define JE_ZERO 0x40

#define ALLOC_MALLOC(size) je_malloc(size)
#define ALLOC_CALLOC(count, size) je_calloc(count, size)
#define ALLOC_REALLOC(block, size) je_realloc(block, size)
#define ALLOC_FREE(block) je_free(block)
#define ALLOC_ALIGNED(size, align) je_mallocx(size, JE_ALIGN(align))
#define ALLOC_ZERO_ALIGNED(size, align) je_mallocx(size, JE_ALIGN(align) | JE_ZERO)
#define ALLOC_REALLOC_ALIGNED(block, size, align)                                        \
    jemalloc_realloc(block, size, JE_ALIGN(align))
#define ALLOC_FREE_SIZE(block, size, align) je_sdallocx(block, size, JE_ALIGN(align))
#define ALLOC_USABLE(block) je_malloc_usable_size(block)
#define ALLOC_COLLECT() jemalloc_collect()
#define ALLOC_OWNS(block) jemalloc_owns(block)

/* rallocx() takes no NULL. */
static inline void *jemalloc_realloc(void *block, size_t size, int flags) {
    return block == NULL ? je_mallocx(size, flags) : je_rallocx(block, size, flags);
}

/* Empties the calling thread's cache, then all arenas: 4096 is MALLCTL_ARENAS_ALL. */
static inline void jemalloc_collect(void) {
    je_mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
    je_mallctl("arena.4096.purge", NULL, NULL, NULL, 0);
}

static inline bool jemalloc_owns(const void *block) {
    unsigned arena;
    size_t size = sizeof arena;
    return je_mallctl("arenas.lookup", &arena, &size, &block, sizeof block) == 0;
}

static inline const char *alloc_version(void) {
    const char *version = "unknown";
    size_t size = sizeof version;
    je_mallctl("version", &version, &size, NULL, 0);
    return version;
}

#endif
