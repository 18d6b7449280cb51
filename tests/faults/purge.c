/*
 * glibc's allocator in another library. It has a call to give memory back, which does
 * nothing if PLANTED_NO_PURGE is set. The fault is a purge that no longer runs. The call
 * has the name of ebb's, because the workload looks for that one first.
 */
#include <malloc.h>
#include <stddef.h>

#include "planted.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);
void ebb_collect(void);

void *malloc(size_t size) {
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return __libc_memalign(alignment, size);
}

void free(void *block) {
    __libc_free(block);
}

void ebb_collect(void) {
    if (!planted("PLANTED_NO_PURGE"))
        malloc_trim(0);
}
