/* An addon as a bundler's is: a shared object with an allocator of its own inside, of
 * which nothing can be seen. What it is asked to do it does on its copy. See embed.c. */
#include <string.h>

#include "ebb.h"

#define ADDON __attribute__((visibility("default")))

ADDON void *addon_malloc(size_t size);
ADDON void addon_free(void *block);
ADDON size_t addon_usable(void *block);
ADDON const char *addon_check(void);
ADDON int addon_configure(unsigned delay_ms, const char *thread_name);
ADDON size_t addon_stats(char *buffer, size_t size);
ADDON size_t addon_collect(void);

void *addon_malloc(size_t size) {
    return ebb_malloc(size);
}

void addon_free(void *block) {
    ebb_free(block);
}

size_t addon_usable(void *block) {
    return ebb_usable_size(block);
}

int addon_configure(unsigned delay_ms, const char *thread_name) {
    return ebb_configure(&(struct ebb_config){.size = sizeof(struct ebb_config),
                                              .reclaim_delay_ms = delay_ms,
                                              .thread_name = thread_name});
}

size_t addon_stats(char *buffer, size_t size) {
    return ebb_stats(buffer, size);
}

size_t addon_collect(void) {
    return ebb_collect();
}

static int is_zero(const unsigned char *block, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (block[i] != 0)
            return 0;
    return 1;
}

#define CHECK(condition)                                                                 \
    if (!(condition))                                                                    \
    return #condition

/* One size at one alignment; NULL, or what does not hold. */
static const char *check_size(size_t size, size_t align) {
    unsigned char *block = ebb_malloc_aligned(size, align);
    CHECK(block != NULL && (size_t)block % align == 0);
    CHECK(ebb_usable_size(block) >= size);
    memset(block, 0xa5, size);
    unsigned char *grown = ebb_realloc_aligned(block, 3 * size, align);
    CHECK(grown != NULL && (size_t)grown % align == 0);
    for (size_t i = 0; i < size; i++)
        CHECK(grown[i] == 0xa5);
    size_t less = size / 3 + 1;
    unsigned char *shrunk = ebb_realloc_aligned(grown, less, align);
    CHECK(shrunk != NULL && (size_t)shrunk % align == 0);
    for (size_t i = 0; i < less && i < size; i++)
        CHECK(shrunk[i] == 0xa5);
    memset(shrunk, 0x5a, ebb_usable_size(shrunk));
    ebb_free_size_aligned(shrunk, less, align);
    unsigned char *zero = ebb_zalloc_aligned(size, align);
    CHECK(zero != NULL && (size_t)zero % align == 0 && is_zero(zero, size));
    memset(zero, 0xff, size);
    ebb_free(zero);
    zero = ebb_zalloc(size);
    CHECK(zero != NULL && is_zero(zero, size));
    CHECK(ebb_usable_size(zero) == ebb_good_size(size));
    ebb_free_size(zero, size);
    return NULL;
}

const char *addon_check(void) {
    for (size_t align = 1; align <= 65536; align *= 4)
        for (size_t size = 1; size < 600000; size = size * 3 + 1) {
            const char *wrong = check_size(size, align);
            if (wrong != NULL)
                return wrong;
        }
    CHECK(ebb_malloc((size_t)-1 / 2) == NULL);
    CHECK(ebb_calloc((size_t)-1 / 2, 4) == NULL);
    CHECK(ebb_usable_size(NULL) == 0);
    CHECK(strcmp(ebb_version(), EBB_VERSION) == 0);
    ebb_free(NULL);
    return NULL;
}
