#include "pages.h"

#include <stddef.h>
#include <unistd.h>

#include "memory.h"

/* Page numbers in an array. A radix sort puts them in order, because qsort() may
 * allocate. */
struct page_list {
    uint64_t *pages;
    size_t count;
    uint64_t page_size;
};

static void count_block(void *context, const void *block, size_t size, uint32_t stamp) {
    (void)stamp;
    struct pages_census *census = context;
    (void)block;
    census->live += size;
    census->objects++;
}

static uint64_t pages_of(uint64_t address, size_t size, uint64_t page_size,
                         uint64_t *ret_first) {
    *ret_first = address / page_size;
    return (address + size - 1) / page_size - *ret_first + 1;
}

static void count_pages(void *context, const void *block, size_t size, uint32_t stamp) {
    (void)stamp;
    struct page_list *list = context;
    uint64_t first;
    list->count += size ? pages_of((uintptr_t)block, size, list->page_size, &first) : 0;
}

static void list_pages(void *context, const void *block, size_t size, uint32_t stamp) {
    (void)stamp;
    struct page_list *list = context;
    uint64_t first = 0;
    uint64_t n = size ? pages_of((uintptr_t)block, size, list->page_size, &first) : 0;
    for (uint64_t i = 0; i < n; i++)
        list->pages[list->count++] = first + i;
}

/* Sorts by 12 bits at a time, the lowest first. 48 bits are enough: addresses of 48 bits
 * have page numbers of 36 bits. */
static void radix_sort(uint64_t *values, uint64_t *scratch, size_t n) {
    enum { BITS = 12, BUCKETS = 1 << BITS };
    for (int shift = 0; shift < 48; shift += BITS) { /* four passes: ends in `values` */
        size_t starts[BUCKETS + 1] = {0};
        for (size_t i = 0; i < n; i++)
            starts[(values[i] >> shift & (BUCKETS - 1)) + 1]++;
        for (int b = 0; b < BUCKETS; b++)
            starts[b + 1] += starts[b];
        for (size_t i = 0; i < n; i++)
            scratch[starts[values[i] >> shift & (BUCKETS - 1)]++] = values[i];
        uint64_t *swapped = values;
        values = scratch;
        scratch = swapped;
    }
}

static uint64_t count_distinct(void (*visit)(block_visitor *, void *),
                               uint64_t page_size) {
    struct page_list list = {NULL, 0, page_size};
    visit(count_pages, &list);
    size_t bytes = 2 * list.count * sizeof *list.pages;
    list.pages = memory_map(bytes);
    uint64_t *scratch = list.pages + list.count;
    list.count = 0;
    visit(list_pages, &list);
    radix_sort(list.pages, scratch, list.count);
    uint64_t distinct = 0;
    for (size_t i = 0; i < list.count; i++)
        distinct += i == 0 || list.pages[i] != list.pages[i - 1];
    memory_unmap(list.pages, bytes);
    return distinct;
}

struct pages_census pages_count(void (*visit)(block_visitor *, void *)) {
    struct pages_census census = {0};
    visit(count_block, &census);
    if (census.objects) {
        uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
        census.floor = page_size * count_distinct(visit, page_size);
    }
    return census;
}
