/* The API of libebb-embed.a beside the malloc family. ebb.h documents each function. */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "atomic.h"
#include "ebb.h"
#include "heap.h"
#include "options.h"
#include "os.h"
#include "run.h"
#include "sizeclass.h"

EBB_EXPORT void *ebb_zalloc(size_t size) {
    return ebb_calloc(1, size);
}

EBB_EXPORT void *ebb_malloc_aligned(size_t size, size_t align) {
    if (align <= BLOCK_ALIGN)
        return ebb_malloc(size);
    void *block = ebb_aligned(align, size);
    if (block == NULL)
        errno = ENOMEM;
    return block;
}

EBB_EXPORT void *ebb_zalloc_aligned(size_t size, size_t align) {
    if (align <= BLOCK_ALIGN)
        return ebb_calloc(1, size);
    void *block = ebb_malloc_aligned(size, align);
    return block != NULL ? memset(block, 0, size) : NULL;
}

static bool resizes_in_place(void *block, size_t old_size, size_t size) {
    return (old_size > SLAB_BLOCK_MAX && run_resize(block, size)) ||
           (size <= old_size && size >= old_size / 2);
}

/* The block stays in place if the size fits and leaves at most half of it idle. Otherwise
 * it moves by a copy. ebb_realloc() moves large blocks by their pages, but that may lose
 * an alignment above a page's. */
EBB_EXPORT void *ebb_realloc_aligned(void *block, size_t size, size_t align) {
    if (align <= BLOCK_ALIGN || size == 0)
        return ebb_realloc(block, size);
    if (block == NULL)
        return ebb_malloc_aligned(size, align);
    size_t old_size = ebb_usable_size(block);
    if ((size_t)block % align == 0 && resizes_in_place(block, old_size, size))
        return block;
    int saved = errno;
    void *copy = ebb_malloc_aligned(size, align);
    if (copy == NULL && size <= old_size && (size_t)block % align == 0) {
        errno = saved;
        return block; /* it is large enough */
    }
    if (copy == NULL)
        return NULL;
    memcpy(copy, block, size < old_size ? size : old_size);
    ebb_free(block);
    return copy;
}

EBB_EXPORT void ebb_free_size(void *block, size_t size) {
    (void)size;
    ebb_free(block);
}

EBB_EXPORT void ebb_free_size_aligned(void *block, size_t size, size_t align) {
    (void)size;
    (void)align;
    ebb_free(block);
}

EBB_EXPORT size_t ebb_usable_size(const void *block) {
    return ebb_malloc_usable_size((void *)block);
}

EBB_EXPORT size_t ebb_good_size(size_t size) {
    if (size <= SLAB_BLOCK_MAX)
        return size_classes[class_of_size(size)].size;
    size_t page = os_page_size(), rounded = (size + page - 1) / page * page;
    return rounded < size ? size : rounded;
}

EBB_EXPORT const char *ebb_version(void) {
    return EBB_VERSION;
}

EBB_EXPORT int ebb_configure(const struct ebb_config *config) {
    /* The size of the reservation is read before all other settings. Relaxed: no other
     * thread has begun. */
    if (load_relaxed(&heap.frontier) != 0 || options_are_read()) {
        errno = EBUSY;
        return -1;
    }
    if (!options_configure(config)) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}
