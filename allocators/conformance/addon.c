/* An addon like a bundler's: a shared object that contains an allocator and makes none of
 * the allocator's symbols visible. host.c opens it and calls the functions below. */
#include <stdint.h>
#include <string.h>

#include "served.h"

#define ADDON __attribute__((visibility("default")))

ADDON void *addon_malloc(size_t size);
ADDON void addon_free(void *block);
ADDON size_t addon_usable(void *block);
ADDON const char *addon_check(void);
ADDON const char *addon_served(void);
ADDON const char *addon_version(void);

void *addon_malloc(size_t size) {
    return ALLOC_MALLOC(size);
}

void addon_free(void *block) {
    ALLOC_FREE(block);
}

size_t addon_usable(void *block) {
    return ALLOC_USABLE(block);
}

const char *addon_served(void) {
    return served();
}

const char *addon_version(void) {
    return alloc_version();
}

static int is_all(const unsigned char *block, int value, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (block[i] != value)
            return 0;
    return 1;
}

#define CHECK(condition)                                                                 \
    if (!(condition))                                                                    \
    return #condition

/* Blocks do not overlap: each keeps its contents when all are filled completely. */
static const char *check_room(size_t size, size_t align) {
    enum { NEIGHBOURS = 8 };
    unsigned char *blocks[NEIGHBOURS];
    for (int i = 0; i < NEIGHBOURS; i++) {
        blocks[i] = ALLOC_ALIGNED(size, align);
        CHECK(blocks[i] != NULL && (uintptr_t)blocks[i] % align == 0);
        CHECK(ALLOC_USABLE(blocks[i]) >= size);
    }
    for (int i = 0; i < NEIGHBOURS; i++)
        memset(blocks[i], i, ALLOC_USABLE(blocks[i]));
    for (int i = 0; i < NEIGHBOURS; i++)
        CHECK(is_all(blocks[i], i, ALLOC_USABLE(blocks[i])));
    for (int i = 0; i < NEIGHBOURS; i++)
        ALLOC_FREE(blocks[i]);
    return NULL;
}

static const char *check_realloc(size_t size, size_t align) {
    unsigned char *block = ALLOC_ALIGNED(size, align);
    CHECK(block != NULL && (uintptr_t)block % align == 0);
    memset(block, 0xa5, size);
    unsigned char *grown = ALLOC_REALLOC_ALIGNED(block, 3 * size, align);
    CHECK(grown != NULL && (uintptr_t)grown % align == 0);
    CHECK(is_all(grown, 0xa5, size));
    size_t less = size / 3 + 1;
    unsigned char *shrunk = ALLOC_REALLOC_ALIGNED(grown, less, align);
    CHECK(shrunk != NULL && (uintptr_t)shrunk % align == 0);
    CHECK(is_all(shrunk, 0xa5, less < size ? less : size));
    memset(shrunk, 0x5a, ALLOC_USABLE(shrunk));
    ALLOC_FREE_SIZE(shrunk, less, align);
    return NULL;
}

/* In the second round the memory has been written to before. */
static const char *check_zero(size_t size, size_t align) {
    for (int time = 0; time < 2; time++) {
        unsigned char *zero = ALLOC_ZERO_ALIGNED(size, align);
        CHECK(zero != NULL && (uintptr_t)zero % align == 0 && is_all(zero, 0, size));
        memset(zero, 0xff, size);
        ALLOC_FREE(zero);
        zero = ALLOC_CALLOC(1, size);
        CHECK(zero != NULL && is_all(zero, 0, size));
        memset(zero, 0xff, size);
        ALLOC_FREE(zero);
    }
    return NULL;
}

const char *addon_check(void) {
    for (size_t align = 1; align <= 65536; align *= 4)
        for (size_t size = 1; size < 600000; size = size * 3 + 1) {
            const char *wrong = check_room(size, align);
            if (wrong == NULL)
                wrong = check_realloc(size, align);
            if (wrong == NULL)
                wrong = check_zero(size, align);
            if (wrong != NULL)
                return wrong;
        }
    CHECK(ALLOC_MALLOC((size_t)-1 / 2) == NULL);
    CHECK(ALLOC_CALLOC((size_t)-1 / 2, 4) == NULL);
    unsigned char *block = ALLOC_REALLOC(NULL, 100);
    CHECK(block != NULL);
    memset(block, 1, 100);
    CHECK((block = ALLOC_REALLOC(block, 100000)) != NULL && is_all(block, 1, 100));
    ALLOC_FREE(block);
    ALLOC_FREE(NULL);
    ALLOC_COLLECT();
    return NULL;
}
