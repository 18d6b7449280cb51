#include "block.h"

#include <string.h>

#include "result.h"
#include "system.h"

enum { PAGE = 4096, PAGES_MAX = 64 };

struct block block_slots[PLAN_SLOTS];
bool blocks_lost;

/* ---- zero -------------------------------------------------------------------------- */

static const void *nonzero_in(const unsigned char *at, size_t size) {
    if (size == 0 || (at[0] == 0 && memcmp(at, at + 1, size - 1) == 0))
        return NULL;
    while (*at == 0)
        at++;
    return at;
}

const void *first_nonzero(const void *at, size_t size) {
    uintptr_t from = (uintptr_t)at, end = from + size;
    if (size <= PAGE)
        return nonzero_in(at, size);
    while (from < end) {
        unsigned char pages[PAGES_MAX];
        uintptr_t first = from / PAGE * PAGE, to = first + PAGES_MAX * PAGE;
        to = to < end ? to : end;
        if (__real_mincore((void *)first, to - first, pages) != 0)
            finding("mincore failed", "at %p", (void *)first);
        for (unsigned i = 0; from < to; i++) {
            uintptr_t page_end = first + (i + 1) * PAGE;
            page_end = page_end < to ? page_end : to;
            const void *found =
                (pages[i] & 1) != 0
                    ? nonzero_in((const unsigned char *)from, page_end - from)
                    : NULL;
            if (found != NULL)
                return found;
            from = page_end;
        }
    }
    return NULL;
}

/* ---- contents ---------------------------------------------------------------------- */

/* Bytes of a part: a multiple of 8. */
static size_t part_size(const struct block *block) {
    size_t part = (block->size + 63) / 64;
    return part == 0 ? 8 : (part + 7) / 8 * 8;
}

static uint64_t pattern(const struct block *block, size_t offset) {
    return (block->seed + offset) * 0x9e3779b97f4a7c15ull | 1;
}

static void write_part(struct block *block, size_t from, size_t to) {
    for (size_t i = from; i < to; i += 8) {
        uint64_t value = pattern(block, i);
        memcpy(block->data + i, &value, to - i < 8 ? to - i : 8);
    }
    block->written |= 1ull << from / part_size(block);
}

static void verify_part(const struct block *block, size_t from, size_t to) {
    for (size_t i = from; i < to; i += 8) {
        uint64_t value = pattern(block, i);
        if (memcmp(block->data + i, &value, to - i < 8 ? to - i : 8) != 0)
            finding("a block's contents changed",
                    "block %p of %zu bytes, offset %zu: %02x...", (void *)block->data,
                    block->size, i, block->data[i]);
    }
}

void block_verify(const struct block *block, size_t bytes) {
    size_t part = part_size(block);
    for (size_t from = 0; from < bytes; from += part) {
        size_t to = from + part < bytes ? from + part : bytes;
        if ((block->written >> from / part & 1) != 0)
            verify_part(block, from, to);
        else if (block->zeroed && first_nonzero(block->data + from, to - from) != NULL)
            finding("a block's zeros changed", "block %p of %zu bytes, from %zu on",
                    (void *)block->data, block->size, from);
    }
}

static uint64_t parts_to_touch(const struct block *block, enum touch touch,
                               uint64_t seed) {
    size_t part = part_size(block);
    unsigned last = block->size == 0 ? 0 : (unsigned)((block->size - 1) / part);
    switch (touch) {
    case TOUCH_ALL:
        return ~0ull;
    case TOUCH_HEAD:
        return 1;
    case TOUCH_TAIL:
        return 1ull << last;
    case TOUCH_SOME:
        return random_next(&seed) & random_next(&seed);
    default:
        return 0;
    }
}

void block_write(struct block *block, enum touch touch, uint64_t seed) {
    uint64_t parts = parts_to_touch(block, touch, seed);
    size_t part = part_size(block);
    for (size_t from = 0; from < block->size; from += part)
        if ((parts >> from / part & 1) != 0)
            write_part(block, from,
                       from + part < block->size ? from + part : block->size);
}

/* ---- birth ------------------------------------------------------------------------- */

static void check_overlap(const struct block *block) {
    for (unsigned i = 0; i < PLAN_SLOTS; i++) {
        const struct block *other = &block_slots[i];
        if (other != block && other->state == BLOCK_LIVE &&
            other->data < block->data + block->usable &&
            block->data < other->data + other->usable)
            finding("two blocks overlap", "%p of %zu bytes and %p of %zu",
                    (void *)block->data, block->usable, (void *)other->data,
                    other->usable);
    }
}

void block_adopt(struct block *block, void *data, size_t size, size_t usable, bool zeroed,
                 uint64_t seed) {
    *block = (struct block){.state = BLOCK_LIVE,
                            .data = data,
                            .size = size,
                            .usable = usable,
                            .seed = seed,
                            .zeroed = zeroed};
    if (usable < size || (uintptr_t)data % 16 != 0)
        finding("not what was asked for", "%p: %zu bytes instead of %zu", data, usable,
                size);
    check_overlap(block);
    const unsigned char *byte = zeroed ? first_nonzero(data, size) : NULL;
    if (byte != NULL)
        finding("calloc's memory is not zero", "block %p of %zu bytes, offset %td: %02x",
                data, size, byte - block->data, *byte);
}
