/* The malloc family. The two fast paths are here. If they don't find a block at once,
 * cache.c (blocks of slabs), run.c and direct.c serve the call. */
#include "api.h"

#include <errno.h>
#include <string.h>

#include "audit.h"
#include "bin.h"
#include "cache.h"
#include "debug.h"
#include "direct.h"
#include "fault.h"
#include "gate.h"
#include "guard.h"
#include "heap.h"
#include "lifetime.h"
#include "options.h"
#include "os.h"
#include "reclaimer.h"
#include "run.h"
#include "slab.h"

static void *out_of_memory(void) {
    errno = ENOMEM;
    return NULL;
}

enum { LOOKED_AT_MIN = 4096 }; /* bytes of the smallest block that check_large() checks */

/* ---- malloc ------------------------------------------------------------------------ */

/* Blocks above SLAB_BLOCK_MAX, or aligned beyond what a slab can do. */
static __attribute__((noinline)) void *alloc_large(size_t size, size_t align, bool zero) {
    /* Makes the heap before any block, even a block outside the heap. What free() finds
     * out from a block's address must not change while the block lives. */
    bool heap_ready = heap_init() == 0;
    if (heap_ready)
        cache_attach_once(); /* so that the reclaimer knows of the thread */
    if (heap_ready && size <= RUN_BYTES_MAX && align <= HEAP_ALIGN) {
        void *block = run_alloc(size, align, zero);
        reclaimer_notice_malloc();
        if (block != NULL)
            return block;
    }
    void *block = direct_alloc(size, align); /* also when the reservation is used up */
    if (block == NULL && heap_ready && heap_is_in_pieces() && size <= PTRDIFF_MAX &&
        align <= HEAP_ALIGN)
        block = run_alloc(size, align, zero); /* the limit counts free slices, too */
    return block;
}

static __attribute__((noinline)) void *malloc_large(size_t size) {
    void *block = alloc_large(size, 1, false);
    return block != NULL ? block : out_of_memory();
}

static void *alloc_slow(unsigned class, bool *ret_cold) {
    void *block = cache_alloc_slow(class, ret_cold);
    reclaimer_notice_malloc();
    return block;
}

/* `size` is the requested size, perhaps rounded up. A guarded block ends there.
 * `ret_cold` may be NULL. */
static __attribute__((noinline)) void *malloc_slow(size_t class, size_t size,
                                                   bool *ret_cold) {
    bool cold = false;
    void *block = NULL;
    if (unlikely(options_get()->guard_sample > 0)) {
        gate_leave(&thread_cache->gate); /* the sample's backtrace() may allocate */
        block = guard_sample(size, size_classes[class].claim_blocks);
    }
    if (likely(block == NULL))
        block = alloc_slow((unsigned)class, &cold);
    if (ret_cold != NULL)
        *ret_cold = cold;
    return block != NULL ? block : out_of_memory();
}

static __attribute__((noinline)) void *malloc_slow_small(size_t units) {
    return malloc_slow(class_of_units[units], units * BLOCK_ALIGN, NULL);
}

/* For a block that was on the stack. A bin holds few blocks of a page and more, and calls
 * for them are rare. So each one is checked here: was it freed by a pointer into its
 * middle, or is it in the bin a second time? Smaller blocks are checked when they are
 * flushed, or when the process ends. */
static inline void check_large(size_t class, const struct bin *bin, const void *block) {
    if (size_classes[class].size < LOOKED_AT_MIN)
        return;
    slab_index((unsigned)class, block);
    if (unlikely(bin->word != 0 && bin_claimed((unsigned)class, bin, block)))
        fault("double free", block);
    for (void **at = bin->bottom + 1; at <= bin->top; at++)
        if (unlikely(*at == block))
            fault("double free", block);
}

/* ret_cold: nobody wrote to the block since it was claimed cold. May be NULL. */
static inline void *alloc_class(size_t class, size_t size, bool *ret_cold) {
    audit_enter();
    struct cache *cache = thread_cache;
    if (gate_enter(&cache->gate)) {
        struct bin *bin = &cache->bins[class];
        bool cold = false;
        void *block = bin_pop_stack(bin);
        if (likely(block != NULL))
            check_large(class, bin, block);
        else
            block = bin_pop_word(bin, &cold);
        if (likely(block != NULL)) {
            debug_alloc((unsigned)class, block);
            gate_leave(&cache->gate);
            if (ret_cold != NULL)
                *ret_cold = cold;
            return block;
        }
    }
    return malloc_slow(class, size, ret_cold);
}

static __attribute__((noinline)) void *malloc_medium(size_t size) {
    return size <= SLAB_BLOCK_MAX ? alloc_class(class_of_size(size), size, NULL)
                                  : malloc_large(size);
}

void *EBB_NAME(malloc)(size_t size) {
    if (unlikely(size > SMALL_MAX))
        return malloc_medium(size);
    size_t units = (size + BLOCK_ALIGN - 1) / BLOCK_ALIGN;
    audit_enter();
    struct cache *cache = thread_cache;
    if (gate_enter(&cache->gate)) {
        bool cold;
        void *block = bin_pop(cache->of_units[units], &cold);
        if (likely(block != NULL)) {
            debug_alloc(class_of_units[units], block);
            gate_leave(&cache->gate);
            return block;
        }
    }
    return malloc_slow_small(units);
}

/* ---- free -------------------------------------------------------------------------- */

/* A plain read. Nobody writes this byte while a block of the slice is live. For a dead
 * block either value will do. */
static inline size_t class_of_slice(size_t index) {
    hook_load(heap_base + index);
    return *((const uint8_t *)heap_base + index);
}

/* Outside the heap, or before there is one. */
static __attribute__((noinline)) void free_outside(void *block) {
    if (block != NULL && !direct_free(block) && !guard_free(block))
        fault("invalid pointer", block);
}

static __attribute__((noinline)) void free_slow(void *block) {
    size_t index = slice_of(block), class = class_of_slice(index);
    /* Relaxed: a block of ours was handed over after the frontier had passed it. */
    if (unlikely(index >= load_relaxed(&heap.frontier))) {
        free_outside(block); /* a mapping in the part that isn't reserved yet */
        return;
    }
    reclaimer_notice_freed(class != CLASS_NONE ? cache_free_slow((unsigned)class, block)
                                               : run_free(block));
}

void EBB_NAME(free)(void *block) {
    size_t index = slice_of(block);
    if (unlikely(index >= heap_slices)) {
        free_outside(block);
        return;
    }
    size_t class = class_of_slice(index);
    audit_enter();
    struct cache *cache = thread_cache;
    if (gate_enter(&cache->gate)) {
        struct bin *bin = &cache->bins[class];
        void **top = bin->top;
        if (likely(top != bin->end)) {
            if (unlikely(*top == block))
                fault("double free", block);
            debug_free((unsigned)class, block);
            top[1] = block;
            bin->top = top + 1;
            gate_leave(&cache->gate);
            return;
        }
    }
    gate_leave(&cache->gate); /* here, since the slow path for runs uses no gate */
    free_slow(block);
}

#ifndef EBB_EMBED
void EBB_NAME(free_sized)(void *block, size_t size) {
    (void)size;
    EBB_NAME(free)(block);
}

void EBB_NAME(free_aligned_sized)(void *block, size_t align, size_t size) {
    (void)align;
    (void)size;
    EBB_NAME(free)(block);
}
#endif

/* ---- calloc ------------------------------------------------------------------------ */

/* A block that was claimed cold reads as zero, except at its ends when it is larger
 * than a page: pages that it shares with neighbours were never given back. */
static void clear_cold_ends(unsigned class, char *block, size_t size) {
    size_t page = os_page_size();
    char *end = block + size;
    char *first = (char *)(((uintptr_t)block + page - 1) & ~(page - 1));
    char *last = (char *)(((uintptr_t)block + size_classes[class].size) & ~(page - 1));
    if (first >= end) {
        memset(block, 0, size);
        return;
    }
    memset(block, 0, (size_t)(first - block));
    if (last < end)
        memset(last, 0, (size_t)(end - last));
}

static void *calloc_class(unsigned class, size_t size) {
    bool cold;
    void *block = alloc_class(class, size, &cold);
    if (unlikely(block == NULL))
        return NULL;
    if (!cold)
        return memset(block, 0, size);
    if (size_classes[class].size >= os_page_size())
        clear_cold_ends(class, block, size);
    return block;
}

void *EBB_NAME(calloc)(size_t count, size_t size) {
    size_t bytes;
    if (unlikely(__builtin_mul_overflow(count, size, &bytes)))
        return out_of_memory();
    if (likely(bytes <= SLAB_BLOCK_MAX))
        return calloc_class((unsigned)class_of_size(bytes), bytes);
    void *block = alloc_large(bytes, 1, true);
    return block != NULL ? block : out_of_memory();
}

/* ---- sizes and realloc ------------------------------------------------------------- */

/* Class and bytes of a block that the program passed in; faults if it is none. */
static size_t usable(const void *block, unsigned *ret_class) {
    size_t index = slice_of(block), bytes;
    *ret_class = CLASS_NONE;
    if (index >= load_relaxed(&heap.frontier)) { /* relaxed: as in free() */
        bytes = direct_usable(block);
        if (bytes == 0)
            bytes = guard_usable(block);
        if (bytes == 0)
            fault("invalid pointer", block);
        return bytes;
    }
    unsigned class = load_relaxed(class_entry(index));
    if (class == CLASS_NONE)
        return run_usable(block);
    slab_place(class, block); /* faults on a pointer into the middle of a block */
    *ret_class = class;
    return size_classes[class].size;
}

size_t EBB_NAME(malloc_usable_size)(void *block) {
    unsigned class;
    return block == NULL ? 0 : usable(block, &class);
}

/* Resizes where the block is, or by moving its pages; NULL if that can't be done. */
static void *resize(void *block, unsigned class, size_t old_size, size_t size) {
    if (class != CLASS_NONE)
        /* The block stays where it is unless more than half of it would lie idle. */
        return size <= old_size && size >= old_size / 2 ? block : NULL;
    if (slice_of(block) < load_relaxed(&heap.frontier)) /* relaxed: as in free() */
        return run_resize(block, size) ? block : NULL;
    return size > RUN_BYTES_MAX / 2 && old_size > RUN_BYTES_MAX / 2
               ? direct_resize(block, size)
               : NULL;
}

void *EBB_NAME(realloc)(void *block, size_t size) {
    if (block == NULL)
        return EBB_NAME(malloc)(size);
    if (size == 0) {
        EBB_NAME(free)(block);
        return NULL;
    }
    unsigned class;
    size_t old_size = usable(block, &class);
    void *resized = resize(block, class, old_size, size);
    if (resized != NULL)
        return resized;
    int saved = errno;
    void *copy = EBB_NAME(malloc)(size);
    if (copy == NULL && size <= old_size) {
        errno = saved;
        return block; /* it is large enough */
    }
    if (copy == NULL)
        return NULL;
    memcpy(copy, block, size < old_size ? size : old_size);
    EBB_NAME(free)(block);
    return copy;
}

#ifndef EBB_EMBED
void *EBB_NAME(reallocarray)(void *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return out_of_memory();
    return EBB_NAME(realloc)(block, bytes);
}
#endif

/* ---- aligned ----------------------------------------------------------------------- */

void *ebb_aligned(size_t align, size_t size) {
    size_t least = size < align ? align : size;
    if (least > SLAB_BLOCK_MAX)
        return alloc_large(size > SLAB_BLOCK_MAX ? size : SLAB_BLOCK_MAX + 1, align,
                           false);
    /* Slabs start at multiples of 64 KiB: a block is aligned as its size is. */
    size_t class = class_of_size(least);
    while ((size_classes[class].size & (align - 1)) != 0)
        class ++;
    return alloc_class(class, align > BLOCK_ALIGN ? SIZE_MAX : size, /* not guarded */
                       NULL);
}

#ifndef EBB_EMBED /* api_embed.c has its own */
static bool is_power_of_two(size_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

static void *aligned_or_errno(size_t align, size_t size) {
    void *block = ebb_aligned(align, size);
    return block != NULL ? block : out_of_memory();
}

void *EBB_NAME(aligned_alloc)(size_t align, size_t size) {
    if (!is_power_of_two(align)) {
        errno = EINVAL;
        return NULL;
    }
    return aligned_or_errno(align, size);
}

int EBB_NAME(posix_memalign)(void **ret_block, size_t align, size_t size) {
    if (!is_power_of_two(align) || align % sizeof(void *) != 0)
        return EINVAL;
    int saved = errno;
    void *block = ebb_aligned(align, size);
    errno = saved; /* this one reports by its result only */
    if (block == NULL)
        return ENOMEM;
    *ret_block = block;
    return 0;
}

void *EBB_NAME(memalign)(size_t align, size_t size) {
    if (align > (size_t)PTRDIFF_MAX + 1) {
        errno = EINVAL;
        return NULL;
    }
    size_t power = BLOCK_ALIGN; /* like glibc's: the next power of two */
    while (power < align)
        power *= 2;
    return aligned_or_errno(power, size);
}

void *EBB_NAME(valloc)(size_t size) {
    return aligned_or_errno(os_page_size(), size);
}

void *EBB_NAME(pvalloc)(size_t size) {
    size_t page = os_page_size();
    if (size > PTRDIFF_MAX)
        return out_of_memory();
    size_t rounded = (size + page - 1) / page * page;
    return aligned_or_errno(page, rounded == 0 ? page : rounded);
}
#endif
