/* The malloc family by its contract: results, alignment, zeroing, errno, odd sizes. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"
#include "ebb.h"

void free_sized(void *, size_t);
void free_aligned_sized(void *, size_t, size_t);

/* Out of the compiler's sight, which knows too much about malloc. */
static void *volatile sink;
static size_t opaque(size_t value) {
    static volatile size_t place;
    place = value;
    return place;
}

static bool all_bytes(const void *block, size_t size, unsigned char value) {
    const unsigned char *bytes = block;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

static void sizes(void) {
    for (size_t size = 0; size < 70000; size += size < 1200 ? 1 : 977) {
        unsigned char *block = malloc(size);
        CHECK(block != NULL && (uintptr_t)block % 16 == 0);
        CHECK(malloc_usable_size(block) >= size);
        CHECK(size < 128 || malloc_usable_size(block) <= size + size / 4 + 16 ||
              size > 32768);
        memset(block, 0xa5, malloc_usable_size(block));
        free(block);
    }
    for (size_t size = 1 << 16; size <= (64u << 20); size *= 2) {
        unsigned char *block = malloc(size - 1);
        CHECK(block != NULL);
        block[0] = block[size - 2] = 1;
        free(block);
    }
    CHECK(malloc_usable_size(NULL) == 0);
    void *one = malloc(opaque(0)), *two = malloc(opaque(0));
    CHECK(one != NULL && two != NULL && one != two);
    free(one);
    free(two);
}

static void zeroing(void) {
    for (size_t size = 1; size < (9u << 20); size += size / 3 + 1)
        for (int round = 0; round < 3; round++) {
            unsigned char *block = calloc(1, size);
            CHECK(block != NULL && all_bytes(block, size, 0));
            memset(block, 0xff, malloc_usable_size(block));
            free(block);
            if (round == 1)
                ebb_collect(); /* then it comes back cold */
        }
    /* many at once, so that claimed words and slab edges are covered */
    enum { BLOCKS = 600 };
    static unsigned char *blocks[BLOCKS];
    for (int round = 0; round < 4; round++)
        for (size_t size = 16; size <= 32768; size = size * 5 / 4 + 16) {
            for (int i = 0; i < BLOCKS; i++) {
                blocks[i] = calloc(size, 1);
                CHECK(blocks[i] != NULL && all_bytes(blocks[i], size, 0));
                memset(blocks[i], 0xee, malloc_usable_size(blocks[i]));
            }
            for (int i = 0; i < BLOCKS; i++)
                free(blocks[round % 2 == 0 ? i : BLOCKS - 1 - i]);
            if (round == 1)
                ebb_collect();
        }
}

static void out_of_memory(void) {
    size_t absurd[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX / 2, (size_t)PTRDIFF_MAX + 1,
                       (size_t)1 << 60};
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        size_t size = opaque(absurd[i]);
        void *kept = malloc(100), *block;
        errno = 0;
        CHECK(malloc(size) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(calloc(1, size) == NULL && errno == ENOMEM);
        errno = 0;
        sink = kept;
        CHECK(realloc(kept, size) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(aligned_alloc(64, size) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(pvalloc(size) == NULL && errno == ENOMEM);
        errno = 17;
        block = &errno;
        CHECK(posix_memalign(&block, 64, size) == ENOMEM);
        CHECK(errno == 17 && block == (void *)&errno);
        free(sink);
    }
    errno = 0;
    CHECK(calloc(opaque((size_t)1 << 33), (size_t)1 << 33) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(reallocarray(NULL, opaque((size_t)1 << 33), (size_t)1 << 33) == NULL);
    CHECK(errno == ENOMEM);
}

static void reallocs(void) {
    unsigned char *block = realloc(NULL, 10);
    CHECK(block != NULL);
    size_t size = 10;
    memset(block, 10, size);
    for (size_t step = 0; step < 200; step++) {
        size_t next = step < 100 ? size + size / 6 + 1 : size - size / 6;
        unsigned char *moved = realloc(block, next);
        CHECK(moved != NULL);
        CHECK(all_bytes(moved, next < size ? next : size, (unsigned char)size));
        block = moved;
        size = next;
        memset(block, (int)size, size);
    }
    free(block);
    CHECK(realloc(malloc(10), opaque(0)) == NULL);
    /* in place: within the class, and a run with free slices behind it */
    block = malloc(100);
    sink = block;
    CHECK(realloc(sink, 112) == sink);
    CHECK(realloc(sink, 60) == sink);
    free(sink);
    block = reallocarray(NULL, 25, 4);
    CHECK(block != NULL && malloc_usable_size(block) >= 100);
    free_sized(block, 100);
    /* from aligned memory, and mapping to mapping with its contents */
    block = aligned_alloc(4096, 5000);
    memset(block, 7, 5000);
    block = realloc(block, 50u << 20);
    CHECK(block != NULL && all_bytes(block, 5000, 7));
    memset(block, 8, 50u << 20);
    block = realloc(block, 90u << 20);
    CHECK(block != NULL && all_bytes(block, 50u << 20, 8));
    block = realloc(block, 300);
    CHECK(block != NULL && all_bytes(block, 300, 8));
    free(block);
}

static void alignments(void) {
    for (size_t align = 1; align <= (64u << 20); align *= 2)
        for (size_t size = 0; size < 200000; size = size * 3 + 1) {
            unsigned char *block = aligned_alloc(align, size);
            CHECK(block != NULL && (uintptr_t)block % align == 0);
            CHECK(malloc_usable_size(block) >= size);
            memset(block, 1, size);
            free_aligned_sized(block, align, size);
            block = memalign(align, size);
            CHECK(block != NULL && (uintptr_t)block % align == 0);
            free(block);
            void *place = NULL;
            if (align >= sizeof(void *)) {
                CHECK(posix_memalign(&place, align, size) == 0);
                CHECK(place != NULL && (uintptr_t)place % align == 0);
                free(place);
            }
        }
    void *place = &place;
    CHECK(posix_memalign(&place, 3, 10) == EINVAL && place == (void *)&place);
    CHECK(posix_memalign(&place, 4, 10) == EINVAL);
    CHECK(posix_memalign(&place, 0, 10) == EINVAL);
    errno = 0;
    CHECK(aligned_alloc(opaque(48), 96) == NULL && errno == EINVAL);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *block = valloc(10);
    CHECK((uintptr_t)block % page == 0);
    free(block);
    block = pvalloc(page + 1);
    CHECK((uintptr_t)block % page == 0 && malloc_usable_size(block) >= 2 * page);
    free(block);
    block = memalign(33, 10);
    CHECK((uintptr_t)block % 64 == 0);
    free(block);
}

static void errno_is_kept(void) {
    void *blocks[3000];
    for (int large = 0; large < 2; large++) {
        for (int i = 0; i < 3000; i++)
            blocks[i] = malloc(large ? (i % 100 == 0 ? 5u << 20 : 40000) : 24);
        errno = 4711;
        for (int i = 0; i < 3000; i++)
            free(blocks[i]);
        CHECK(errno == 4711);
    }
    free(NULL);
    ebb_collect();
    malloc_trim(0);
    CHECK(errno == 4711);
}

static void accounts(void) {
    struct mallinfo2 before = mallinfo2();
    void *small = malloc(1000), *large = malloc(1 << 20), *huge = malloc(64u << 20);
    sink = small;
    struct mallinfo2 after = mallinfo2();
    CHECK(after.uordblks >= before.uordblks + 1000 + (1 << 20));
    CHECK(after.hblks == before.hblks + 1);
    CHECK(after.hblkhd >= before.hblkhd + (64u << 20));
    free(small);
    free(large);
    free(huge);
    struct mallinfo2 last = mallinfo2();
    CHECK(last.uordblks == before.uordblks && last.hblkhd == before.hblkhd);
}

int main(void) {
    sink = malloc(1);
    CHECK(malloc_usable_size(sink) == 16); /* ebb's smallest; glibc's is 24 */
    free(sink);
    sizes();
    zeroing();
    out_of_memory();
    reallocs();
    alignments();
    errno_is_kept();
    accounts();
    return 0;
}
