#include "ranges.h"

#include <stdlib.h>
#include <string.h>

#include "heap.h"

/* The first range that ends at or after `start`, so the first that [start, ...) could
 * join. */
static size_t first_not_before(const struct ranges *ranges, uint64_t start) {
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->at[middle].end < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void ranges_add(struct ranges *ranges, uint64_t start, uint64_t end) {
    if (start >= end)
        return;
    size_t first = first_not_before(ranges, start), past = first;
    while (past < ranges->count && ranges->at[past].start <= end) {
        if (ranges->at[past].start < start)
            start = ranges->at[past].start;
        if (ranges->at[past].end > end)
            end = ranges->at[past].end;
        past++;
    }
    if (past == first)
        ranges->at = heap_resize(ranges->at, ranges->count + 1, sizeof *ranges->at);
    /* The ranges [first, past) become one. */
    memmove(&ranges->at[first + 1], &ranges->at[past],
            (ranges->count - past) * sizeof *ranges->at);
    ranges->count = ranges->count - (past - first) + 1;
    ranges->at[first] = (struct range){start, end};
}

bool ranges_cover(const struct ranges *ranges, uint64_t start, uint64_t end) {
    size_t i = first_not_before(ranges, start + 1);
    return i < ranges->count && ranges->at[i].start <= start && ranges->at[i].end >= end;
}

void ranges_keep(struct ranges *ranges, const struct ranges *others) {
    struct ranges kept = {0};
    size_t i = 0, k = 0;
    while (i < ranges->count && k < others->count) {
        const struct range *a = &ranges->at[i], *b = &others->at[k];
        uint64_t start = a->start > b->start ? a->start : b->start,
                 end = a->end < b->end ? a->end : b->end;
        ranges_add(&kept, start, end);
        if (a->end < b->end)
            i++;
        else
            k++;
    }
    ranges_finish(ranges);
    *ranges = kept;
}

void ranges_finish(struct ranges *ranges) {
    free(ranges->at);
    *ranges = (struct ranges){0};
}
