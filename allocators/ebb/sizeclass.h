/* Size classes of slab blocks: 16-byte steps up to 128, then four per doubling up to
 * 32 KiB. Everything known about a class is a constant of the build; the list below is
 * the only place where sizes are written down.
 *
 * Class 0 is "not a slab": its bin is empty and full at once, so that both fast paths
 * leave for the slow one without a test of their own. */
#ifndef EBB_SIZECLASS_H
#define EBB_SIZECLASS_H

#include <stddef.h>
#include <stdint.h>

enum {
    SLICE_SHIFT = 16,
    SLICE_SIZE = 1 << SLICE_SHIFT,
    BLOCK_ALIGN = 16,
    SLAB_BLOCK_MAX = 32768,

    CLASS_NONE = 0,
    CLASS_LAST = 40,
    CLASS_SLOTS = CLASS_LAST + 1,

    /* A thread keeps at most this many bytes of a class in its stack of freed blocks,
     * and at most this many blocks (DESIGN.md, "Constants"). */
    STACK_BYTES = 64 * 1024,
    STACK_BLOCKS_MAX = 64,
    STACK_BLOCKS_MIN = 4,
    SLAB_WORDS_MAX = 64, /* of the smallest blocks */
    /* One claim of a word takes at most this many bytes. */
    CLAIM_BYTES = 32 * 1024,
};

/* X(class, size of the class below, size) */
#define EBB_FOUR(X, id, low)                                                             \
    X(id, low, (low) + (low) / 4)                                                        \
    X(id + 1, (low) + (low) / 4, (low) + (low) / 2)                                      \
    X(id + 2, (low) + (low) / 2, (low) + 3 * (low) / 4)                                  \
    X(id + 3, (low) + 3 * (low) / 4, 2 * (low))

#define EBB_CLASSES(X)                                                                   \
    X(1, 0, 16)                                                                          \
    X(2, 16, 32)                                                                         \
    X(3, 32, 48)                                                                         \
    X(4, 48, 64)                                                                         \
    X(5, 64, 80)                                                                         \
    X(6, 80, 96)                                                                         \
    X(7, 96, 112)                                                                        \
    X(8, 112, 128)                                                                       \
    EBB_FOUR(X, 9, 128)                                                                  \
    EBB_FOUR(X, 13, 256)                                                                 \
    EBB_FOUR(X, 17, 512)                                                                 \
    EBB_FOUR(X, 21, 1024)                                                                \
    EBB_FOUR(X, 25, 2048)                                                                \
    EBB_FOUR(X, 29, 4096)                                                                \
    EBB_FOUR(X, 33, 8192)                                                                \
    EBB_FOUR(X, 37, 16384)

struct size_class {
    uint32_t size;        /* bytes of a block */
    uint32_t reciprocal;  /* ceil(2^32 / size): exact for offsets within a slice */
    uint16_t capacity;    /* blocks of a slab */
    uint8_t words;        /* 64-bit words that hold a bit per block */
    uint8_t words_order;  /* log2 of words, rounded up */
    uint8_t stack_blocks; /* slots of a thread's stack */
    uint8_t claim_blocks; /* most blocks taken from one word at a time */
};

enum {
#define EBB_STACK_BLOCKS(size)                                                           \
    (STACK_BYTES / (size) > STACK_BLOCKS_MAX   ? STACK_BLOCKS_MAX                        \
     : STACK_BYTES / (size) < STACK_BLOCKS_MIN ? STACK_BLOCKS_MIN                        \
                                               : STACK_BYTES / (size))
#define EBB_ADD_STACK(id, below, size) +EBB_STACK_BLOCKS(size)
    STACK_SLOTS = 0 EBB_CLASSES(EBB_ADD_STACK),
#undef EBB_ADD_STACK
};

/* Says that a variable is in this object, so that code needs no table to find it. */
#define EBB_HERE __attribute__((visibility("hidden")))

extern const struct size_class size_classes[CLASS_SLOTS] EBB_HERE;

/* Requests of up to so many bytes find their bin in a table of the cache (of_units). */
enum { SMALL_MAX = 1024, SMALL_UNITS = SMALL_MAX / BLOCK_ALIGN };

/* Class of a request, by its size in units of BLOCK_ALIGN rounded up. */
extern const uint8_t class_of_units[SLAB_BLOCK_MAX / BLOCK_ALIGN + 1] EBB_HERE;

/* size must be at most SLAB_BLOCK_MAX; 0 is served like 1. */
static inline size_t class_of_size(size_t size) {
    return class_of_units[(size + BLOCK_ALIGN - 1) / BLOCK_ALIGN];
}

#endif
