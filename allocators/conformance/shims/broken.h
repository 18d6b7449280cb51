/* The macros of a shim, and the shim of the allocators that must fail (broken.c).
 *
 *   ALLOC_MALLOC(size), ALLOC_CALLOC(count, size), ALLOC_REALLOC(block, size),
 *   ALLOC_FREE(block)       like the C library's; nobody calls realloc with size 0
 *   ALLOC_ALIGNED(size, align), ALLOC_ZERO_ALIGNED(size, align)
 *                           align is a power of two up to 65536, and size at least 1
 *   ALLOC_REALLOC_ALIGNED(block, size, align)
 *   ALLOC_FREE_SIZE(block, size, align)    the size and alignment that were requested
 *   ALLOC_USABLE(block)     bytes that the block has room for
 *   ALLOC_COLLECT()         gives back what it can
 *   alloc_version()         a string: the version of the allocator that is linked in
 *
 * and one of these two, by which the allocator itself says that it has served a block:
 *
 *   ALLOC_OWNS(address)     true for its blocks, false for other memory
 *   ALLOC_LIVE_BYTES()      bytes that the program holds
 *
 * Only ebb has ALLOC_STATS(buffer, size), its account (ebb.h). Some cases look at it. */
#ifndef CONFORMANCE_SHIMS_BROKEN_H
#define CONFORMANCE_SHIMS_BROKEN_H

#include <stdbool.h>
#include <stddef.h>

void *broken_malloc(size_t size, size_t align);
void *broken_zalloc(size_t size, size_t align);
void *broken_realloc(void *block, size_t size, size_t align);
void broken_free(void *block);
size_t broken_usable(void *block);
bool broken_owns(const void *block);

#define ALLOC_MALLOC(size) broken_malloc(size, 16)
#define ALLOC_CALLOC(count, size)                                                        \
    ((size) != 0 && (count) > (size_t)-1 / (size) ? NULL                                 \
                                                  : broken_zalloc((count) * (size), 16))
#define ALLOC_REALLOC(block, size) broken_realloc(block, size, 16)
#define ALLOC_FREE(block) broken_free(block)
#define ALLOC_ALIGNED(size, align) broken_malloc(size, align)
#define ALLOC_ZERO_ALIGNED(size, align) broken_zalloc(size, align)
#define ALLOC_REALLOC_ALIGNED(block, size, align) broken_realloc(block, size, align)
#define ALLOC_FREE_SIZE(block, size, align)                                              \
    ((void)(size), (void)(align), broken_free(block))
#define ALLOC_USABLE(block) broken_usable(block)
#define ALLOC_COLLECT() ((void)0)
#define ALLOC_OWNS(block) broken_owns(block)

static inline const char *alloc_version(void) {
    return "broken";
}

#endif
