/*
 * A library whose allocator is linked in. The compiler has dissolved the shims into their
 * callers, so each calls the allocator by itself, through a relocated slot. INLINED: the
 * allocator's fast path is inlined in 41 places. FOREIGN: it is inlined in one place,
 * which can be seen only while the library runs. EARLY: that place runs while it is
 * loaded.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "allocator.h"

uint64_t addon_work(void);

/* Puts the code far from the allocator, as in an addon of many megabytes. */
__asm__(".text\n.skip 300000, 0x90\n");

#if defined(INLINED) || defined(FOREIGN)
static inline __attribute__((always_inline)) void *fast_alloc(size_t size) {
    unsigned c = own_class(size);
    void *block = own_spare[c];
    if (!block)
        return own_malloc_slow(c);
    memcpy(&own_spare[c], block, sizeof block);
    return block;
}
#define TEN(call) call, call, call, call, call, call, call, call, call, call

static __attribute__((noinline)) void *place(void) {
#ifdef INLINED
    TEN(own_free(fast_alloc(100)));
    TEN(own_free(fast_alloc(200)));
    TEN(own_free(fast_alloc(400)));
    TEN(own_free(fast_alloc(800)));
#endif
    return memset(fast_alloc(100), 7, 100);
}
#endif

static char *early; /* a block that was obtained while the library was loaded */

__attribute__((constructor)) static void begin(void) {
    early = own_malloc_aligned(4321, 8);
#ifdef EARLY
    own_free(place());
#endif
}

/* Allocates 1000 blocks in each way. Returns how many calls the library's own allocator
 * got. */
__attribute__((visibility("default"))) uint64_t addon_work(void) {
    if (early && own_usable_size(early) < 4321)
        abort();
    own_free(early);
    early = NULL;
    for (size_t i = 0; i < 1000; i++) {
        char *block = own_malloc_aligned(1234, 64), *zeroed = own_zalloc_aligned(2345, 8);
        if ((uintptr_t)block % 64 || zeroed[i] || own_usable_size(zeroed) < 2345)
            abort();
        memset(block, 7, 1234);
        memset(zeroed, 7, 2345);
        block = own_realloc_aligned(block, 3456, 64);
        if ((uintptr_t)block % 64 || block[1233] != 7)
            abort();
        own_free(block);
        own_free(zeroed);
    }
#if defined(INLINED) || defined(FOREIGN)
    own_free(place());
#endif
    if (!early)
        return own_calls();
    return (uintptr_t)own_hang(1, 1); /* never runs, but own_hang() must have a caller */
}
