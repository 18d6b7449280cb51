/*
 * A library that contains an allocator behind four shims, as Rust makes them with
 * mimalloc (transplant/shims.h). It is linked without relaxation, so that the shims stay
 * jumps. It calls the allocator in each way that a compiler makes: by the shims,
 * directly, and by address.
 *
 * BROKEN: its zeroed memory is not zero. SHIMLESS: it has no shims. HANGING: a request
 * for 1000 bytes, which only a trial makes, never returns. EXPORTED: its free is also
 * called free, as in a library that overrides malloc. MIXING: it also calls a fifth
 * function, as C code in it would call a malloc that nobody else can see. NEEDING: it
 * needs a library in the same folder.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HIDDEN __attribute__((visibility("hidden"), noinline, used))

void *own_alloc(size_t size, size_t alignment);
void *own_malloc(size_t size);
void own_free(void *block);
void *own_realloc(void *block, size_t size, size_t alignment);
void *own_zalloc(size_t size, size_t alignment);
uint64_t addon_work(void);

enum { ARENA = 64 << 20, HEAD = 16, CLASSES = 28 };

static char *arena, *at, *end;
static void *spare[CLASSES];
static uint64_t calls;

static unsigned class_of(size_t size) {
    unsigned c = 4;
    while (((size_t)1 << c) < size)
        c++;
    return c;
}

/* Blocks have sizes of powers of two and are aligned to their size. The class of a block
 * is 16 bytes before it. */
HIDDEN void *own_alloc(size_t size, size_t alignment) {
    unsigned c = class_of(size > alignment ? size : alignment);
    calls++;
#ifdef HANGING
    while (size == 1000)
        pause();
#endif
    void *block = spare[c];
    if (block) {
        memcpy(&spare[c], block, sizeof block);
        return block;
    }
    if (!arena) {
        arena = at = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        end = arena + ARENA;
    }
    uintptr_t mask = ((uintptr_t)1 << c) - 1;
    at = (char *)(((uintptr_t)at + HEAD + mask) & ~mask);
    if (at + mask >= end)
        return NULL;
    block = at;
    memcpy((char *)block - HEAD, &c, sizeof c);
    at += mask + 1;
    return block;
}

#ifdef MIXING
/* A fifth function. It has memory of its own, like the four. */
HIDDEN void *own_malloc(size_t size) {
    char *block = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return block == MAP_FAILED ? NULL : memset(block, 1, size);
}
#endif

HIDDEN void own_free(void *block) {
    calls++;
    if (!block)
        return;
    unsigned c;
    memcpy(&c, (char *)block - HEAD, sizeof c);
    memcpy(block, &spare[c], sizeof block);
    spare[c] = block;
}

HIDDEN void *own_realloc(void *block, size_t size, size_t alignment) {
    unsigned c;
    calls++;
    memcpy(&c, (char *)block - HEAD, sizeof c);
    void *moved = own_alloc(size, alignment);
    size_t old = (size_t)1 << c;
    if (moved)
        memcpy(moved, block, old < size ? old : size);
    own_free(block);
    return moved;
}

HIDDEN void *own_zalloc(size_t size, size_t alignment) {
    calls++;
    void *block = own_alloc(size, alignment);
#ifdef BROKEN
    return block;
#else
    return block ? memset(block, 0, size) : NULL;
#endif
}

void *shim_alloc(size_t size, size_t alignment);
void shim_dealloc(void *block, size_t size, size_t alignment);
void *shim_realloc(void *block, size_t old, size_t alignment, size_t size);
void *shim_alloc_zeroed(size_t size, size_t alignment);

#ifndef SHIMLESS
__asm__(".text\n"
        ".hidden shim_alloc, shim_dealloc, shim_realloc, shim_alloc_zeroed\n"
        ".globl shim_alloc, shim_dealloc, shim_realloc, shim_alloc_zeroed\n"
        ".balign 16\nshim_alloc: jmp *own_alloc@GOTPCREL(%rip)\n"
        ".balign 16\nshim_dealloc: jmp *own_free@GOTPCREL(%rip)\n"
        ".balign 16\nshim_realloc: mov %rcx, %rsi\n jmp *own_realloc@GOTPCREL(%rip)\n"
        ".balign 16\nshim_alloc_zeroed: jmp *own_zalloc@GOTPCREL(%rip)\n"
        ".balign 64\n");
#else
void *shim_alloc(size_t size, size_t alignment) {
    return own_alloc(size, alignment);
}
void shim_dealloc(void *block, size_t size, size_t alignment) {
    (void)size;
    (void)alignment;
    own_free(block);
}
void *shim_realloc(void *block, size_t old, size_t alignment, size_t size) {
    (void)old;
    return own_realloc(block, size, alignment);
}
void *shim_alloc_zeroed(size_t size, size_t alignment) {
    return own_zalloc(size, alignment);
}
#endif

#ifdef EXPORTED
__attribute__((visibility("default"), alias("own_free"))) void free(void *block);
#endif
#ifdef NEEDING
int needed(void);
__attribute__((visibility("default"))) int (*addon_needs)(void) = needed;
#endif

static void
    *self; /* the library itself, loaded once more by its path, so that it stays */
static void *early; /* a block that was obtained while the library was loaded */

__attribute__((constructor)) static void begin(void) {
    Dl_info own;
    early = shim_alloc(4321, 8);
    if (dladdr((void *)&self, &own))
        self = dlopen(own.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
}

/* Allocates 1000 blocks in each way. Returns how many calls the library's own allocator
 * got. */
__attribute__((visibility("default"))) uint64_t addon_work(void) {
    void (*volatile by_address)(void *) = own_free;
    void *(*volatile alloc_by_address)(size_t, size_t) = own_alloc;
    if (!self)
        abort();
    if (early)
        shim_dealloc(early, 4321, 8);
#ifdef MIXING
    if (!own_malloc(100)) /* never freed, because freeing alone would crash */
        abort();
#endif
    early = NULL;
    for (size_t i = 0; i < 1000; i++) {
        char *block = shim_alloc(1234, 64), *zeroed = shim_alloc_zeroed(2345, 8);
        if ((uintptr_t)block % 64 || zeroed[i])
            abort();
        memset(block, 7, 1234);
        memset(zeroed, 7, 2345);
        block = shim_realloc(block, 1234, 64, 3456);
        if ((uintptr_t)block % 64 || block[1233] != 7)
            abort();
        by_address(block);
        shim_dealloc(zeroed, 2345, 8);
        own_free(alloc_by_address(567, 8));
    }
    return calls;
}
