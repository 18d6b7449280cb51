#include "replacement.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum { ALIGNMENT_OF_MALLOC = 16 };

/* Whether the block belongs to the replaced allocator of a copy. */
static bool is_foreign(const void *block, size_t *ret_left) {
    void *owner = own_find(block, ret_left);
    if (owner)
        replacement_tell_foreign(owner);
    return owner != NULL;
}

/*
 * malloc aligns to 16, but some allocators align a block below 16 bytes only to its size.
 */
static bool needs_no_alignment(size_t size, size_t alignment) {
    return alignment <= ALIGNMENT_OF_MALLOC && alignment <= size;
}

static void *new_malloc_aligned(size_t size, size_t alignment) {
    void *block;
    if (needs_no_alignment(size, alignment))
        return malloc(size);
    if (alignment < sizeof(void *))
        alignment = sizeof(void *);
    return posix_memalign(&block, alignment, size) == 0 ? block : NULL;
}

static void *new_zalloc_aligned(size_t size, size_t alignment) {
    if (needs_no_alignment(size, alignment))
        return calloc(1, size);
    void *block = new_malloc_aligned(size, alignment);
    return block ? memset(block, 0, size) : NULL;
}

static void *new_zalloc(size_t size) {
    return calloc(1, size);
}

static void *copy_foreign(const void *block, size_t left, size_t size, size_t alignment) {
    void *moved = new_malloc_aligned(size, alignment);
    return moved ? memcpy(moved, block, left < size ? left : size) : NULL;
}

static void *new_realloc_aligned(void *block, size_t size, size_t alignment) {
    size_t left;
    if (is_foreign(block, &left))
        return copy_foreign(block, left, size, alignment);
    if (needs_no_alignment(size, alignment))
        return realloc(block, size);
    void *moved = new_malloc_aligned(size, alignment);
    if (moved && block) {
        size_t old = malloc_usable_size(block);
        memcpy(moved, block, old < size ? old : size);
        free(block);
    }
    return moved;
}

static void *new_realloc(void *block, size_t size) {
    return new_realloc_aligned(block, size, 1);
}

static void new_free(void *block) {
    size_t left;
    if (!is_foreign(block, &left))
        free(block);
}

static size_t new_usable_size(void *block) {
    size_t left;
    return is_foreign(block, &left) ? 0 : malloc_usable_size(block);
}

static const void *replacement_of(enum kind kind) {
    static const void *const all[KINDS] = {
        [KIND_MALLOC] = (const void *)malloc,
        [KIND_MALLOC_ALIGNED] = (const void *)new_malloc_aligned,
        [KIND_ZALLOC] = (const void *)new_zalloc,
        [KIND_ZALLOC_ALIGNED] = (const void *)new_zalloc_aligned,
        [KIND_CALLOC] = (const void *)calloc,
        [KIND_REALLOC] = (const void *)new_realloc,
        [KIND_REALLOC_ALIGNED] = (const void *)new_realloc_aligned,
        [KIND_FREE] = (const void *)new_free,
        [KIND_USABLE_SIZE] = (const void *)new_usable_size,
    };
    return all[kind];
}

void replacement_patch(unsigned char *file, const struct functions *functions) {
    for (size_t i = 0; i < functions->count; i++) {
        const void *target = replacement_of(functions->list[i].kind);
        if (target)
            function_put_jump(file + functions->list[i].offset, target);
    }
}
