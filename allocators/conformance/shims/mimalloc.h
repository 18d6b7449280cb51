/* mimalloc v2 and v3, built without replacing malloc. This file declares the few
 * functions, so no header has to be installed. shims/broken.h says what each macro is. */
#ifndef CONFORMANCE_SHIMS_MIMALLOC_H
#define CONFORMANCE_SHIMS_MIMALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

void *mi_malloc(size_t size);
void *mi_calloc(size_t count, size_t size);
void *mi_realloc(void *block, size_t size);
void mi_free(void *block);
void *mi_malloc_aligned(size_t size, size_t align);
void *mi_zalloc_aligned(size_t size, size_t align);
void *mi_realloc_aligned(void *block, size_t size, size_t align);
void mi_free_size_aligned(void *block, size_t size, size_t align);
size_t mi_usable_size(const void *block);
void mi_collect(bool force);
bool mi_is_in_heap_region(const void *block);
int mi_version(void);

#define ALLOC_MALLOC(size) mi_malloc(size)
#define ALLOC_CALLOC(count, size) mi_calloc(count, size)
#define ALLOC_REALLOC(block, size) mi_realloc(block, size)
#define ALLOC_FREE(block) mi_free(block)
#define ALLOC_ALIGNED(size, align) mi_malloc_aligned(size, align)
#define ALLOC_ZERO_ALIGNED(size, align) mi_zalloc_aligned(size, align)
#define ALLOC_REALLOC_ALIGNED(block, size, align) mi_realloc_aligned(block, size, align)
#define ALLOC_FREE_SIZE(block, size, align) mi_free_size_aligned(block, size, align)
#define ALLOC_USABLE(block) mi_usable_size(block)
#define ALLOC_COLLECT() mi_collect(true)
#define ALLOC_OWNS(block) mi_is_in_heap_region(block)

/* 219 is 2.1.9, and 30500 is 3.5.0. */
static inline const char *alloc_version(void) {
    static char text[32];
    int version = mi_version(), base = version < 10000 ? 10 : 100;
    snprintf(text, sizeof text, "%d.%d.%d", version / base / base, version / base % base,
             version % base);
    return text;
}

#endif
