/* A page with at least one array belongs to one order. An empty page belongs to none. */
#include "meta.h"

#include "atomic.h"
#include "fault.h"
#include "lock.h"
#include "os.h"

static struct lock meta_lock;

enum {
    ORDERS = 7,
    ORDER_NONE = 255, /* of a page without arrays */
    PAGE = META_PAGE_SIZE,
    COMMIT_PAGES = 64,
};

/* All under meta_lock. Page 0 is never used: 0 ends a list. */
static uint32_t with_room[ORDERS];     /* pages of this order with a free entry */
static uint32_t empty_resident;        /* empty pages that may hold memory */
static uint32_t empty_discarded;       /* empty pages given back */
static size_t used_pages = 1;          /* pages ever used */
static _Atomic size_t committed_pages; /* read without the lock, too: it only grows */
static size_t resident_pages;

static unsigned entries(unsigned order) {
    unsigned count = PAGE / (unsigned)(sizeof(struct word) << order);
    return count > 256 ? 256 : count;
}

static void push(uint32_t *list, uint32_t page) {
    struct meta_page *meta = &heap.meta_page[page];
    meta->prev = 0;
    meta->next = *list;
    if (*list != 0)
        heap.meta_page[*list].prev = page;
    *list = page;
}

static void unlink_page(uint32_t *list, uint32_t page) {
    struct meta_page *meta = &heap.meta_page[page];
    if (meta->prev != 0)
        heap.meta_page[meta->prev].next = meta->next;
    else
        *list = meta->next;
    if (meta->next != 0)
        heap.meta_page[meta->next].prev = meta->prev;
}

/* Makes so many pages usable, and up to COMMIT_PAGES more, with their descriptors. */
static bool commit(size_t pages) {
    size_t committed = load_relaxed(&committed_pages); /* only changed under our lock */
    if (pages <= committed)
        return true;
    if (pages > heap.meta_pages_max)
        return false;
    size_t to = (pages + COMMIT_PAGES - 1) / COMMIT_PAGES * COMMIT_PAGES;
    to = to > heap.meta_pages_max ? heap.meta_pages_max : to;
    size_t os_page = os_page_size();
    char *array = (char *)heap.meta_page;
    size_t array_from = committed * sizeof(struct meta_page) / os_page * os_page;
    size_t array_to = (to * sizeof(struct meta_page) + os_page - 1) / os_page * os_page;
    size_t from = committed * PAGE / os_page * os_page;
    size_t end = (to * PAGE + os_page - 1) / os_page * os_page;
    if (os_commit(array + array_from, array_to - array_from) != 0 ||
        os_commit(heap.meta_base + from, end - from) != 0)
        return false;
    store_relaxed(&committed_pages, to);
    return true;
}

bool meta_commit_for(size_t slices) {
    /* page 0 is never used */
    size_t pages = 1 + (slices + SLICES_PER_META_PAGE - 1) / SLICES_PER_META_PAGE;
    if (pages <= load_relaxed(&committed_pages)) /* without waiting for a discard */
        return true;
    lock_acquire(&meta_lock);
    bool done = commit(pages);
    lock_release(&meta_lock);
    return done;
}

/* An empty page for an order; 0 when there is none. */
static uint32_t new_page(unsigned order) {
    uint32_t page = empty_resident;
    if (page != 0) {
        unlink_page(&empty_resident, page);
    } else if ((page = empty_discarded) != 0) {
        unlink_page(&empty_discarded, page);
        resident_pages++;
    } else if (commit(used_pages + 1)) {
        page = (uint32_t)used_pages;
        heap.meta_page[page].order = ORDER_NONE;
        compiler_barrier(); /* before a fork's child could count it as used */
        used_pages++;
        resident_pages++;
    } else {
        return 0;
    }
    struct meta_page *meta = &heap.meta_page[page];
    unsigned count = entries(order);
    for (unsigned i = 0; i < 4; i++) {
        unsigned left = count > 64 * i ? count - 64 * i : 0;
        meta->free_bits[i] = left >= 64 ? ~0ull : (1ull << left) - 1;
    }
    meta->free_count = (uint16_t)count;
    meta->resident = true;
    compiler_barrier(); /* a page with an order has its bits */
    meta->order = (uint8_t)order;
    push(&with_room[order], page);
    return page;
}

struct word *meta_alloc(unsigned order) {
    struct word *words = NULL;
    lock_acquire(&meta_lock);
    uint32_t page = with_room[order] != 0 ? with_room[order] : new_page(order);
    if (page != 0) {
        struct meta_page *meta = &heap.meta_page[page];
        EBB_CHECK(meta->order == order && meta->free_count > 0);
        unsigned i = 0;
        while (meta->free_bits[i] == 0)
            i++;
        unsigned entry = 64 * i + (unsigned)__builtin_ctzll(meta->free_bits[i]);
        meta->free_bits[i] &= meta->free_bits[i] - 1;
        if (--meta->free_count == 0)
            unlink_page(&with_room[order], page);
        words = (struct word *)(heap.meta_base + (size_t)page * PAGE) +
                ((size_t)entry << order);
    }
    lock_release(&meta_lock);
    return words;
}

void meta_free(struct word *words, unsigned order) {
    size_t offset = (size_t)((char *)words - heap.meta_base);
    uint32_t page = (uint32_t)(offset / PAGE);
    unsigned entry = (unsigned)(offset % PAGE / (sizeof(struct word) << order));
    struct meta_page *meta = &heap.meta_page[page];
    lock_acquire(&meta_lock);
    EBB_CHECK(meta->order == order);
    EBB_CHECK(!(meta->free_bits[entry / 64] >> entry % 64 & 1));
    meta->free_bits[entry / 64] |= 1ull << entry % 64;
    if (meta->free_count++ == 0)
        push(&with_room[order], page);
    if (meta->free_count == entries(order)) {
        unlink_page(&with_room[order], page);
        meta->order = ORDER_NONE;
        push(&empty_resident, page);
    }
    lock_release(&meta_lock);
}

size_t meta_discard(void) {
    if (os_page_size() > PAGE)
        return 0; /* an OS page holds several of ours: not worth tracking */
    size_t bytes = 0;
    for (bool found = true; found;) {
        /* For one page at a time: threads that make or retire slabs wait for us. */
        lock_acquire(&meta_lock);
        uint32_t page = empty_resident;
        found = page != 0;
        if (found) {
            unlink_page(&empty_resident, page);
            push(&empty_discarded, page);
            heap.meta_page[page].resident = false;
            os_discard(heap.meta_base + (size_t)page * PAGE, PAGE, &bytes);
            resident_pages--;
        }
        lock_release(&meta_lock);
    }
    return bytes;
}

/* Computes the lists and counts anew, from the pages' bits. */
void meta_recover(void) {
    lock_reset(&meta_lock);
    empty_resident = empty_discarded = 0;
    resident_pages = 0;
    for (unsigned order = 0; order < ORDERS; order++)
        with_room[order] = 0;
    for (uint32_t page = 1; page < used_pages; page++) {
        struct meta_page *meta = &heap.meta_page[page];
        unsigned count = 0;
        for (unsigned i = 0; i < 4; i++)
            count += (unsigned)__builtin_popcountll(meta->free_bits[i]);
        meta->free_count = (uint16_t)count;
        if (meta->order != ORDER_NONE && count == entries(meta->order))
            meta->order = ORDER_NONE;
        if (meta->order == ORDER_NONE)
            push(meta->resident ? &empty_resident : &empty_discarded, page);
        else if (count > 0)
            push(&with_room[meta->order], page);
        resident_pages += meta->resident;
    }
}

size_t meta_bytes(void) {
    lock_acquire(&meta_lock);
    size_t bytes = resident_pages * PAGE;
    lock_release(&meta_lock);
    return bytes;
}

#ifdef EBB_SIMULATION

/* Whether the list holds just pages of this order; adds their number to count. */
static bool list_is_valid(uint32_t first, unsigned order, bool resident, size_t *count) {
    uint32_t before = 0;
    for (uint32_t page = first; page != 0; page = heap.meta_page[page].next) {
        const struct meta_page *meta = &heap.meta_page[page];
        if (page >= used_pages || meta->prev != before || meta->order != order ||
            meta->resident != resident)
            return false;
        before = page;
        ++*count;
    }
    return true;
}

bool meta_is_valid(void) {
    size_t resident = 0, listed = 0, expected = 0;
    for (size_t page = 1; page < used_pages; page++) {
        const struct meta_page *meta = &heap.meta_page[page];
        unsigned bits = 0;
        for (unsigned i = 0; i < 4; i++)
            bits += (unsigned)__builtin_popcountll(meta->free_bits[i]);
        if (meta->order != ORDER_NONE &&
            (meta->free_count != bits || bits >= entries(meta->order)))
            return false;
        resident += meta->resident;
        expected += meta->order == ORDER_NONE || bits > 0;
    }
    for (unsigned order = 0; order < ORDERS; order++)
        if (!list_is_valid(with_room[order], order, true, &listed))
            return false;
    return list_is_valid(empty_resident, ORDER_NONE, true, &listed) &&
           list_is_valid(empty_discarded, ORDER_NONE, false, &listed) &&
           listed == expected && resident == resident_pages;
}

#endif
