/* A test program checks, and ends at the first thing that is wrong. No allocation. */
#ifndef EBB_TESTS_CHECK_H
#define EBB_TESTS_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            dprintf(2, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);           \
            _exit(1);                                                                    \
        }                                                                                \
    } while (0)

/* The allocator under test: interposed, or under prefixed names in sanitizer builds. */
#ifdef EBB_PREFIXED
#define T(name) ebb_##name
void *ebb_malloc(size_t);
void ebb_free(void *);
void *ebb_calloc(size_t, size_t);
void *ebb_realloc(void *, size_t);
void *ebb_aligned_alloc(size_t, size_t);
size_t ebb_malloc_usable_size(void *);
#else
#include <malloc.h>
#define T(name) name
#endif

static inline uint64_t next_random(uint64_t *state) {
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

#endif
