/* What mimalloc's own tests call beyond the part of its API that libebb-mi.a has, so that
 * they link. It refuses, or comes near enough for the test to go on: what these checks
 * say is not looked at (mimalloc.sh). */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "ebb_mi.h"

int mi_posix_memalign(void **ret, size_t align, size_t size);
void *mi_memalign(size_t align, size_t size);
void *mi_malloc_aligned_at(size_t size, size_t align, size_t offset);
void *mi_rezalloc_aligned(void *block, size_t size, size_t align);
void *mi_recalloc_aligned(void *block, size_t count, size_t size, size_t align);
void *mi_reallocarray(void *block, size_t count, size_t size);
char *mi_realpath(const char *name, char *resolved);
void *mi_heap_new(void);
void mi_heap_delete(void *heap);
void mi_heap_destroy(void *heap);
void *mi_heap_malloc(void *heap, size_t size);
void *mi_heap_malloc_aligned(void *heap, size_t size, size_t align);
bool mi_heap_contains_block(void *heap, const void *block);
void mi_stats_reset(void);
void mi_stats_print(void *out);
void mi_debug_show_arenas(bool show);
void *mi_control_realloc(void *block, size_t size);
void *mi_control_rezalloc(void *block, size_t size);
void *mi_control_calloc(size_t count, size_t size);

/* Its test frees what it gets. */
int mi_posix_memalign(void **ret, size_t align, size_t size) {
    if (align < sizeof(void *) || (align & (align - 1)) != 0)
        return EINVAL;
    void *block = mi_malloc_aligned(size, align);
    if (block == NULL)
        return ENOMEM;
    *ret = block;
    return 0;
}

void *mi_memalign(size_t align, size_t size) {
    (void)align, (void)size;
    return NULL;
}

void *mi_malloc_aligned_at(size_t size, size_t align, size_t offset) {
    (void)size, (void)align, (void)offset;
    return NULL;
}

void *mi_rezalloc_aligned(void *block, size_t size, size_t align) {
    return mi_realloc_aligned(block, size, align);
}

void *mi_recalloc_aligned(void *block, size_t count, size_t size, size_t align) {
    return mi_realloc_aligned(block, count * size, align);
}

void *mi_reallocarray(void *block, size_t count, size_t size) {
    return mi_realloc(block, count * size);
}

char *mi_realpath(const char *name, char *resolved) {
    (void)name, (void)resolved;
    return NULL;
}

void *mi_heap_new(void) {
    return NULL;
}

void mi_heap_delete(void *heap) {
    (void)heap;
}

void mi_heap_destroy(void *heap) {
    (void)heap;
}

void *mi_heap_malloc(void *heap, size_t size) {
    (void)heap;
    return mi_malloc(size);
}

void *mi_heap_malloc_aligned(void *heap, size_t size, size_t align) {
    (void)heap;
    return mi_malloc_aligned(size, align);
}

bool mi_heap_contains_block(void *heap, const void *block) {
    (void)heap, (void)block;
    return false;
}

void mi_stats_reset(void) {
}

void mi_stats_print(void *out) {
    (void)out;
}

void mi_debug_show_arenas(bool show) {
    (void)show;
}

/* ---- controls: each must be found out ---------------------------------------------- */

/* mimalloc's gives a block of size 0, and the C library's none. */
void *mi_control_realloc(void *block, size_t size) {
    if (size != 0)
        return mi_realloc(block, size);
    mi_free(block);
    return NULL;
}

/* The last byte is not zero. */
void *mi_control_rezalloc(void *block, size_t size) {
    unsigned char *moved = mi_rezalloc(block, size);
    if (moved != NULL && size != 0)
        moved[size - 1] = 1;
    return moved;
}

/* One block in a thousand is somebody else's. */
void *mi_control_calloc(size_t count, size_t size) {
    static _Atomic unsigned calls;
    static void *_Atomic last;
    void *block = calls++ % 1000 == 999 ? last : mi_calloc(count, size);
    return last = block;
}
