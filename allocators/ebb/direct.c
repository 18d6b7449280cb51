/* See direct.h. The table is open-addressed with linear probing, at most half full, and
 * lives in a mapping of its own.
 *
 *   count * 2 <= capacity; every entry is reachable from its home slot without a gap */
#include "direct.h"

#include <stdint.h>

#include "os.h"

struct entry {
    char *base; /* NULL: unused */
    size_t size;
};

struct lock direct_lock;

/* All under direct_lock. */
static struct entry *table;
static size_t capacity, count, total_bytes;

static size_t home_of(const void *base) {
    return (uintptr_t)base / 4096 * 0x9e3779b97f4a7c15ull >> 20 & (capacity - 1);
}

/* The slot of base, or the unused one where it would go. */
static size_t slot_of(const void *base) {
    size_t i = home_of(base);
    while (table[i].base != NULL && table[i].base != base)
        i = (i + 1) & (capacity - 1);
    return i;
}

static struct entry *lookup(const void *base) {
    if (count == 0)
        return NULL;
    struct entry *entry = &table[slot_of(base)];
    return entry->base != NULL ? entry : NULL;
}

static bool make_room(void) {
    if (2 * (count + 1) <= capacity)
        return true;
    struct entry *old = table;
    size_t old_capacity = capacity;
    size_t bytes = capacity == 0 ? os_page_size() : 2 * capacity * sizeof *table;
    void *memory;
    if (os_map(bytes, 1, &memory) != 0)
        return false;
    table = memory;
    capacity = bytes / sizeof *table;
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].base != NULL)
            table[slot_of(old[i].base)] = old[i];
    if (old != NULL)
        os_unmap(old, old_capacity * sizeof *old);
    return true;
}

static void insert(char *base, size_t size) {
    table[slot_of(base)] = (struct entry){base, size};
    count++;
    total_bytes += size;
}

/* Closes the gap by moving back entries that probed past it. */
static void erase(struct entry *entry) {
    size_t gap = (size_t)(entry - table), mask = capacity - 1;
    total_bytes -= entry->size;
    count--;
    for (size_t i = (gap + 1) & mask; table[i].base != NULL; i = (i + 1) & mask)
        if (((i - home_of(table[i].base)) & mask) >= ((i - gap) & mask)) {
            table[gap] = table[i];
            gap = i;
        }
    table[gap].base = NULL;
}

static size_t round_to_page(size_t size) {
    size_t page = os_page_size();
    return size > SIZE_MAX - page ? 0 : (size + page - 1) / page * page;
}

void *direct_alloc(size_t size, size_t align) {
    size_t bytes = round_to_page(size);
    void *base;
    if (bytes == 0 || bytes > PTRDIFF_MAX || os_map(bytes, align, &base) != 0)
        return NULL;
    lock_acquire(&direct_lock);
    bool room = make_room();
    if (room)
        insert(base, bytes);
    lock_release(&direct_lock);
    if (!room) {
        os_unmap(base, bytes);
        return NULL;
    }
    return base;
}

bool direct_free(void *block) {
    size_t size = 0;
    lock_acquire(&direct_lock);
    struct entry *entry = lookup(block);
    if (entry != NULL) {
        size = entry->size;
        erase(entry);
    }
    lock_release(&direct_lock);
    if (size == 0)
        return false;
    os_unmap(block, size);
    return true;
}

size_t direct_usable(const void *block) {
    lock_acquire(&direct_lock);
    struct entry *entry = lookup(block);
    size_t size = entry != NULL ? entry->size : 0;
    lock_release(&direct_lock);
    return size;
}

void *direct_resize(void *block, size_t size) {
    size_t bytes = round_to_page(size);
    if (bytes == 0 || bytes > PTRDIFF_MAX)
        return NULL;
    void *moved = NULL;
    /* Under the lock throughout: the old address may be mapped anew, and entered, the
     * moment it is free. */
    lock_acquire(&direct_lock);
    struct entry *entry = lookup(block);
    if (entry != NULL && os_remap(block, entry->size, bytes, &moved) == 0) {
        erase(entry);
        insert(moved, bytes);
    }
    lock_release(&direct_lock);
    return moved;
}

void direct_count(size_t *ret_blocks, size_t *ret_bytes) {
    lock_acquire(&direct_lock);
    *ret_blocks = count;
    *ret_bytes = total_bytes;
    lock_release(&direct_lock);
}
