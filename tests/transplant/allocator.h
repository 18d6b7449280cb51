#ifndef TIDEMARK_TESTS_TRANSPLANT_ALLOCATOR_H
#define TIDEMARK_TESTS_TRANSPLANT_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

/*
 * An allocator of mimalloc's shape in an object file of its own. Its users call it
 * through relocated slots, and it has mimalloc's texts. Blocks have sizes of powers of
 * two and are aligned to their size. The class of a block is 16 bytes before it.
 */
void *own_malloc_aligned(size_t size, size_t alignment);
void *own_zalloc_aligned(size_t size, size_t alignment);
void *own_realloc_aligned(void *block, size_t size, size_t alignment);
void own_free(void *block);
size_t own_usable_size(const void *block);
void *own_hang(size_t size, size_t alignment); /* a neighbour that does harm */
uint64_t own_calls(void);                      /* calls that it got */

/* What its users need if its fast path is inlined into them. */
enum { OWN_CLASSES = 28 };
extern void *own_spare[OWN_CLASSES] __attribute__((visibility("hidden")));
void *own_malloc_slow(unsigned class_) __attribute__((visibility("hidden")));

static inline unsigned own_class(size_t size) {
    unsigned c = 4;
    while (((size_t)1 << c) < size)
        c++;
    return c;
}

#endif
