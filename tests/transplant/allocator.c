/*
 * BROKEN: its zeroed memory is not zero. SMALL: its mapping is too small for transplant
 * to take it for a reservation of mimalloc's.
 */
#include "allocator.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HIDDEN __attribute__((visibility("hidden"), noinline, used))

enum { HEAD = 16 };
#ifdef SMALL
enum { ARENA = 8 << 20, FLAGS = MAP_PRIVATE | MAP_ANONYMOUS };
#else
enum { ARENA = 1 << 29, FLAGS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE };
#endif

void *own_spare[OWN_CLASSES];
static char *arena, *at, *end;
static uint64_t calls;

static __attribute__((noinline)) void own_complain(const char *text) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(1);
}

HIDDEN void *own_malloc_slow(unsigned c) {
    if (!arena) {
        arena = at = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, FLAGS, -1, 0);
        end = arena + ARENA;
    }
    if (arena == MAP_FAILED) {
        own_complain("mimalloc: error: ");
        return NULL;
    }
    uintptr_t mask = ((uintptr_t)1 << c) - 1;
    at = (char *)(((uintptr_t)at + HEAD + mask) & ~mask);
    if (at + mask >= end) {
        own_complain("mimalloc: warning: ");
        return NULL;
    }
    char *block = at;
    memcpy(block - HEAD, &c, sizeof c);
    at += mask + 1;
    return block;
}

HIDDEN void *own_malloc_aligned(size_t size, size_t alignment) {
    unsigned c = own_class(size > alignment ? size : alignment);
    calls++;
    void *block = own_spare[c];
    if (!block)
        return own_malloc_slow(c);
    memcpy(&own_spare[c], block, sizeof block);
    return block;
}

HIDDEN void *own_zalloc_aligned(size_t size, size_t alignment) {
    unsigned c = own_class(size > alignment ? size : alignment);
    calls++;
    void *block = own_spare[c];
    if (!block)
        return own_malloc_slow(c);
    memcpy(&own_spare[c], block, sizeof block);
#ifdef BROKEN
    return block;
#else
    return memset(block, 0, size);
#endif
}

HIDDEN size_t own_usable_size(const void *block) {
    unsigned c;
    memcpy(&c, (const char *)block - HEAD, sizeof c);
    return (size_t)1 << c;
}

HIDDEN void own_free(void *block) {
    unsigned c;
    calls++;
    if (!block)
        return;
    memcpy(&c, (char *)block - HEAD, sizeof c);
    memcpy(block, &own_spare[c], sizeof block);
    own_spare[c] = block;
}

HIDDEN void *own_realloc_aligned(void *block, size_t size, size_t alignment) {
    size_t old = own_usable_size(block);
    void *moved = own_malloc_aligned(size, alignment);
    if (moved)
        memcpy(moved, block, old < size ? old : size);
    own_free(block);
    return moved;
}

HIDDEN void *own_hang(size_t size, size_t alignment) {
    if (unlink("victim") == 0)
        return NULL;
    for (volatile size_t turning = size + alignment; turning > 0;)
        ;
    return NULL;
}

HIDDEN uint64_t own_calls(void) {
    return calls;
}
