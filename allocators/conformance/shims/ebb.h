/* ebb, from libebb-embed.a. shims/broken.h says what each macro is. */
#ifndef CONFORMANCE_SHIMS_EBB_H
#define CONFORMANCE_SHIMS_EBB_H

#include <stdlib.h>
#include <string.h>

#include <ebb.h> /* ebb's own header, not this file */

#define ALLOC_MALLOC(size) ebb_malloc(size)
#define ALLOC_CALLOC(count, size) ebb_calloc(count, size)
#define ALLOC_REALLOC(block, size) ebb_realloc(block, size)
#define ALLOC_FREE(block) ebb_free(block)
#define ALLOC_ALIGNED(size, align) ebb_malloc_aligned(size, align)
#define ALLOC_ZERO_ALIGNED(size, align) ebb_zalloc_aligned(size, align)
#define ALLOC_REALLOC_ALIGNED(block, size, align) ebb_realloc_aligned(block, size, align)
#define ALLOC_FREE_SIZE(block, size, align) ebb_free_size_aligned(block, size, align)
#define ALLOC_USABLE(block) ebb_usable_size(block)
#define ALLOC_COLLECT() ebb_collect()
#define ALLOC_STATS(buffer, size) ebb_stats(buffer, size)

static inline size_t ebb_live_bytes(void) {
    static const char field[] = "\"live_bytes\":";
    static char account[32768]; /* one thread calls it at a time */
    ebb_stats(account, sizeof account);
    const char *found = strstr(account, field);
    return found == NULL ? 0 : strtoull(found + strlen(field), NULL, 10);
}
#define ALLOC_LIVE_BYTES() ebb_live_bytes()

static inline const char *alloc_version(void) {
    return ebb_version();
}

#endif
