/* An inaccessible page follows each block, if the system grants one, so that a write past
 * the end crashes. The table is open-addressed with linear probing, at most half full. It
 * has a mapping of its own.
 *
 *   count * 2 <= capacity; every entry is reachable from its home slot without a gap */
#include "direct.h"

#include <stdint.h>
#include <string.h>

#include "lock.h"
#include "os.h"

struct entry {
    char *base;   /* NULL: unused */
    size_t size;  /* of the block, whole pages */
    size_t guard; /* bytes behind it that can't be touched */
    bool stuck;   /* freed, but the system did not unmap it: kept for a later block */
};

/* A new table is filled before one store to `table` publishes it. So a fork's child has
 * either that table or the one before. */
struct table {
    size_t capacity;
    struct entry entries[];
};

static struct lock direct_lock;

/* All under direct_lock. */
static struct table *table;
static size_t count, total_bytes; /* stuck ones are not in total_bytes */
static size_t stuck_count, stuck_bytes;

static size_t home_of(const struct table *in, const void *base) {
    return (uintptr_t)base / 4096 * 0x9e3779b97f4a7c15ull >> 20 & (in->capacity - 1);
}

/* The slot of base, or the unused one where it would go. */
static struct entry *slot_of(struct table *in, const void *base) {
    size_t i = home_of(in, base);
    while (in->entries[i].base != NULL && in->entries[i].base != base)
        i = (i + 1) & (in->capacity - 1);
    return &in->entries[i];
}

static struct entry *lookup(const void *base) {
    if (count == 0)
        return NULL;
    struct entry *entry = slot_of(table, base);
    return entry->base != NULL && !entry->stuck ? entry : NULL;
}

static size_t table_bytes(size_t capacity) {
    size_t page = os_page_size();
    return (sizeof(struct table) + capacity * sizeof(struct entry) + page - 1) / page *
           page;
}

/* Copies the table's entries to a new table of this capacity. NULL when out of memory. */
static struct table *copy_of_table(size_t capacity) {
    void *memory;
    if (os_map(table_bytes(capacity), 1, &memory) != 0)
        return NULL;
    struct table *copy = memory;
    copy->capacity = capacity;
    for (size_t i = 0; table != NULL && i < table->capacity; i++)
        if (table->entries[i].base != NULL)
            *slot_of(copy, table->entries[i].base) = table->entries[i];
    return copy;
}

static void replace_table(struct table *with) {
    struct table *old = table;
    atomic_signal_fence(memory_order_seq_cst); /* filled first */
    table = with;
    if (old != NULL)
        os_unmap(old, table_bytes(old->capacity));
}

static bool make_room(void) {
    enum { FIRST = 64 };
    size_t capacity = table != NULL ? table->capacity : 0;
    if (2 * (count + 1) <= capacity)
        return true;
    struct table *larger = copy_of_table(capacity == 0 ? FIRST : 2 * capacity);
    if (larger != NULL)
        replace_table(larger);
    return larger != NULL;
}

/* The base is the first field to go and the last to come, so a fork's child finds only
 * whole entries. */
static void write_entry(struct entry *to, struct entry entry) {
    to->base = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    to->size = entry.size;
    to->guard = entry.guard;
    to->stuck = entry.stuck;
    atomic_signal_fence(memory_order_seq_cst);
    to->base = entry.base;
}

static void insert(struct entry entry) {
    write_entry(slot_of(table, entry.base), entry);
    count++;
    total_bytes += entry.size;
}

/* Closes the gap by moving back entries that probed past it. */
static void erase(struct entry *entry) {
    struct entry *entries = table->entries;
    size_t gap = (size_t)(entry - entries), mask = table->capacity - 1;
    total_bytes -= entry->size;
    count--;
    for (size_t i = (gap + 1) & mask; entries[i].base != NULL; i = (i + 1) & mask)
        if (((i - home_of(table, entries[i].base)) & mask) >= ((i - gap) & mask)) {
            write_entry(&entries[gap], entries[i]);
            gap = i;
        }
    entries[gap].base = NULL;
}

/* ---- mappings ---------------------------------------------------------------------- */

/* Rounds up to pages; 0 if the result is more than there can be. */
static size_t round_to_page(size_t size) {
    size_t page = os_page_size();
    return size > PTRDIFF_MAX - 2 * page ? 0 : (size + page - 1) / page * page;
}

static struct entry *find_stuck(size_t bytes, size_t align) {
    for (size_t i = 0; stuck_count > 0 && i < table->capacity; i++) {
        struct entry *entry = &table->entries[i];
        if (entry->base != NULL && entry->stuck && entry->size >= bytes &&
            (uintptr_t)entry->base % align == 0)
            return entry;
    }
    return NULL;
}

/* A block that could not be unmapped serves again. NULL if none fits. */
static void *alloc_stuck(size_t bytes, size_t align) {
    void *block = NULL;
    lock_acquire(&direct_lock);
    struct entry *entry = find_stuck(bytes, align);
    if (entry != NULL) {
        block = entry->base;
        entry->stuck = false;
        stuck_count--;
        stuck_bytes -= entry->size;
        total_bytes += entry->size;
    }
    lock_release(&direct_lock);
    return block;
}

void *direct_alloc(size_t size, size_t align) {
    size_t bytes = round_to_page(size), guard = os_page_size();
    void *base;
    if (bytes == 0)
        return NULL;
    if ((base = alloc_stuck(bytes, align)) != NULL)
        return memset(base, 0, bytes); /* giving its memory back may have failed */
    if (os_map(bytes + guard, align, &base) != 0)
        return NULL;
    struct entry entry = {base, bytes, guard, false};
    os_forbid(entry.base + bytes, guard); /* if that fails, nothing guards the end */
    lock_acquire(&direct_lock);
    bool room = make_room();
    if (room)
        insert(entry);
    lock_release(&direct_lock);
    if (!room) {
        os_unmap(base, bytes + guard);
        return NULL;
    }
    return base;
}

/* Keeps a freed block that can't be unmapped. It may lie in the middle of a mapping that
 * the kernel has merged. To unmap it would make one more mapping, and the process may
 * already have as many as it can. Gives its memory back nevertheless. */
static void keep_stuck(struct entry entry) {
    size_t ignored = 0;
    os_discard(entry.base, entry.size, &ignored);
    lock_acquire(&direct_lock);
    entry.stuck = true;
    if (make_room()) {
        insert(entry);
        total_bytes -= entry.size;
        stuck_count++;
        stuck_bytes += entry.size;
    }
    lock_release(&direct_lock);
}

bool direct_free(void *block) {
    struct entry freed = {.base = NULL};
    lock_acquire(&direct_lock);
    struct entry *entry = lookup(block);
    if (entry != NULL) {
        freed = *entry;
        erase(entry);
    }
    lock_release(&direct_lock);
    if (freed.base == NULL)
        return false;
    if (os_unmap(freed.base, freed.size + freed.guard) != 0)
        keep_stuck(freed);
    return true;
}

size_t direct_usable(const void *block) {
    lock_acquire(&direct_lock);
    struct entry *entry = lookup(block);
    size_t size = entry != NULL ? entry->size : 0;
    lock_release(&direct_lock);
    return size;
}

/* The caller holds the lock, since another thread may map and enter the old address as
 * soon as it is free. Moves the block without its guard page: the kernel moves one
 * mapping at a time, and in a fork's child it would not join the two again. */
static void *move(struct entry *entry, size_t bytes) {
    struct entry resized = *entry;
    size_t page = os_page_size();
    void *moved;
    if (bytes == entry->size)
        return entry->base;
    if (entry->guard > 0 && os_unmap(entry->base + entry->size, entry->guard) != 0)
        return NULL;
    entry->guard = 0;
    if (os_remap(entry->base, entry->size, bytes + page, &moved) != 0)
        return NULL;
    os_forbid((char *)moved + bytes, page);
    resized.base = moved;
    resized.size = bytes;
    resized.guard = page;
    erase(entry);
    insert(resized);
    return moved;
}

void *direct_resize(void *block, size_t size) {
    size_t bytes = round_to_page(size);
    if (bytes == 0)
        return NULL;
    lock_acquire(&direct_lock);
    struct entry *entry = lookup(block);
    void *moved = entry != NULL ? move(entry, bytes) : NULL;
    lock_release(&direct_lock);
    return moved;
}

void direct_count(size_t *ret_blocks, size_t *ret_bytes, size_t *ret_stuck_bytes) {
    lock_acquire(&direct_lock);
    *ret_blocks = count - stuck_count;
    *ret_bytes = total_bytes;
    *ret_stuck_bytes = stuck_bytes;
    lock_release(&direct_lock);
}

/* A thread of the parent may have been moving entries. Each entry with a base is whole,
 * but one may be there twice. */
void direct_recover(void) {
    lock_reset(&direct_lock);
    if (table == NULL)
        return;
    struct table *copy = copy_of_table(table->capacity);
    if (copy != NULL)
        replace_table(copy);
    count = total_bytes = stuck_count = stuck_bytes = 0;
    for (size_t i = 0; i < table->capacity; i++) {
        const struct entry *entry = &table->entries[i];
        if (entry->base == NULL)
            continue;
        count++;
        stuck_count += entry->stuck;
        *(entry->stuck ? &stuck_bytes : &total_bytes) += entry->size;
    }
}
