/* The tables of sizeclass.h, computed by the compiler from the list of classes. */
#include "sizeclass.h"

#define WORDS(size) ((SLICE_SIZE / (size) + 63) / 64)
#define ORDER(words)                                                                     \
    ((words) > 32   ? 6                                                                  \
     : (words) > 16 ? 5                                                                  \
     : (words) > 8  ? 4                                                                  \
     : (words) > 4  ? 3                                                                  \
     : (words) > 2  ? 2                                                                  \
     : (words) > 1  ? 1                                                                  \
                    : 0)
#define CLAIM(size) (CLAIM_BYTES / (size) > 64 ? 64 : CLAIM_BYTES / (size))

#define ROW(id, below, bytes)                                                            \
    [id] = {                                                                             \
        .size = (bytes),                                                                 \
        .reciprocal = (uint32_t)(((1ull << 32) + (bytes)-1) / (bytes)),                  \
        .capacity = SLICE_SIZE / (bytes),                                                \
        .words = WORDS(bytes),                                                           \
        .words_order = ORDER(WORDS(bytes)),                                              \
        .stack_blocks = (uint8_t)EBB_STACK_BLOCKS(bytes),                                \
        .claim_blocks = (uint8_t)CLAIM(bytes),                                           \
    },

const struct size_class size_classes[CLASS_SLOTS] = {EBB_CLASSES(ROW)};

#define UNITS(id, below, bytes)                                                          \
    [(below) / BLOCK_ALIGN + 1 ...(bytes) / BLOCK_ALIGN] = (id),

const uint8_t class_of_units[SLAB_BLOCK_MAX / BLOCK_ALIGN + 1] = {[0] = 1,
                                                                  EBB_CLASSES(UNITS)};

#define CHECK(id, below, bytes)                                                          \
    _Static_assert((below) < (bytes) && (bytes) % BLOCK_ALIGN == 0, "classes ascend");   \
    _Static_assert((id) <= CLASS_LAST, "class numbers fit");                             \
    _Static_assert(CLAIM(bytes) >= 1, "a claim takes something");
EBB_CLASSES(CHECK)
