/* Checks that blocks come from the allocator under test: it says so itself, and the
 * program's malloc has not grown. For the addons. One thread calls it while no other
 * thread allocates. */
#ifndef CONFORMANCE_SERVED_H
#define CONFORMANCE_SERVED_H

#include <malloc.h>
#include <stdint.h>
#include <string.h>

#include ALLOC_SHIM

enum { SERVED_BLOCKS = 1000, SERVED_SIZE = 3000 };

/* Bytes that malloc has handed out, also in mapped blocks. 0 if the C library does not
 * count them (musl). */
static inline size_t served_by_libc(void) {
#ifdef __GLIBC__
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

#ifdef ALLOC_OWNS
static inline const char *served_owned(unsigned char **blocks) {
    static char other[64];
    for (int i = 0; i < SERVED_BLOCKS; i++)
        if (!ALLOC_OWNS(blocks[i]))
            return "the allocator does not know a block";
    return ALLOC_OWNS(other) ? "the allocator says that a variable is its block" : NULL;
}
#endif

/* NULL, or what is wrong. */
static inline const char *served(void) {
    static unsigned char *blocks[SERVED_BLOCKS];
    const char *wrong = NULL;
    size_t libc_before = served_by_libc();
#ifdef ALLOC_LIVE_BYTES
    size_t live_before = ALLOC_LIVE_BYTES();
#endif
    for (int i = 0; i < SERVED_BLOCKS; i++) {
        if ((blocks[i] = ALLOC_MALLOC(SERVED_SIZE)) == NULL)
            return "no memory";
        memset(blocks[i], i, SERVED_SIZE);
    }
    if (served_by_libc() > libc_before + SERVED_BLOCKS * SERVED_SIZE / 10)
        wrong = "the program's malloc has served the blocks";
#ifdef ALLOC_LIVE_BYTES
    if (ALLOC_LIVE_BYTES() < live_before + SERVED_BLOCKS * SERVED_SIZE)
        wrong = "the allocator's account lacks the blocks";
#else
    if (wrong == NULL)
        wrong = served_owned(blocks);
#endif
    for (int i = 0; i < SERVED_BLOCKS; i++) {
        if (blocks[i][0] != (unsigned char)i ||
            blocks[i][SERVED_SIZE - 1] != (unsigned char)i)
            wrong = "a block has lost its contents";
        ALLOC_FREE(blocks[i]);
    }
    return wrong;
}

#endif
