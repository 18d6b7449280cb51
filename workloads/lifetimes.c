#include "lifetimes.h"

#include <string.h>

#include "memory.h"

#define NONE UINT32_MAX

enum { KINDS = 2 };

/* The free numbers of one worker and kind: a list from the newest to the oldest. */
struct spare {
    uint32_t newest, oldest;
};

struct numbers {
    struct spare *spare; /* by kind, then worker */
    unsigned lanes;
    uint8_t *kind_of;        /* by number */
    uint32_t *older, *newer; /* links of the lists, by number */
    uint32_t *freed_at;      /* by number: the record that freed it */
    uint32_t used;
};

static struct spare *spare_of(struct numbers *numbers, unsigned kind, unsigned lane) {
    return &numbers->spare[kind * numbers->lanes + lane];
}

static void put_spare(struct numbers *numbers, unsigned lane, uint32_t number,
                      size_t at) {
    struct spare *spare = spare_of(numbers, numbers->kind_of[number], lane);
    numbers->freed_at[number] = (uint32_t)at;
    numbers->older[number] = spare->newest;
    numbers->newer[number] = NONE;
    if (spare->newest != NONE)
        numbers->newer[spare->newest] = number;
    else
        spare->oldest = number;
    spare->newest = number;
}

static uint32_t take_spare(struct numbers *numbers, struct spare *spare,
                           uint32_t number) {
    uint32_t older = numbers->older[number], newer = numbers->newer[number];
    *(older != NONE ? &numbers->newer[older] : &spare->oldest) = newer;
    *(newer != NONE ? &numbers->older[newer] : &spare->newest) = older;
    return number;
}

static uint32_t take_number(struct numbers *numbers, unsigned kind, unsigned lane,
                            size_t at, size_t window) {
    struct spare *own = spare_of(numbers, kind, lane);
    if (own->newest != NONE)
        return take_spare(numbers, own, own->newest);
    for (unsigned l = 0; l < numbers->lanes; l++) {
        struct spare *spare = spare_of(numbers, kind, l);
        if (spare->oldest != NONE && at - numbers->freed_at[spare->oldest] > window)
            return take_spare(numbers, spare, spare->oldest);
    }
    numbers->kind_of[numbers->used] = (uint8_t)kind;
    return numbers->used++;
}

static size_t count_allocations(const struct trace *trace) {
    size_t count = 0;
    for (size_t i = 0; i < trace->count; i++)
        count += (size_t)trace_op_allocates(trace->records[i].op);
    return count;
}

uint8_t *lifetimes_separate(struct trace *trace, const uint8_t *lane_of, unsigned lanes,
                            size_t window, uint8_t *kind_of) {
    size_t most = count_allocations(trace), links_bytes = (most + 1) * sizeof(uint32_t);
    size_t spare_bytes = KINDS * lanes * sizeof(struct spare);
    size_t current_bytes = (trace->objects + (size_t)1) * sizeof(uint32_t);
    struct numbers numbers = {.spare = memory_map(spare_bytes),
                              .lanes = lanes,
                              .kind_of = memory_map(most + 1),
                              .older = memory_map(links_bytes),
                              .newer = memory_map(links_bytes),
                              .freed_at = memory_map(links_bytes)};
    uint32_t *current = memory_map(current_bytes); /* new number, by the trace's own */
    for (unsigned i = 0; i < KINDS * lanes; i++)
        numbers.spare[i] = (struct spare){NONE, NONE};
    for (size_t i = 0; i < trace->count; i++) {
        struct trace_record *record = &trace->records[i];
        unsigned lane = lane_of[record->thread];
        uint32_t object = record->object;
        if (record->op == TRACE_IDLE)
            continue;
        if (trace_op_allocates(record->op))
            current[object] = take_number(&numbers, kind_of[object], lane, i, window);
        record->object = current[object];
        if (record->op == TRACE_FREE)
            put_spare(&numbers, lane, record->object, i);
    }
    uint8_t *ret = memory_map(numbers.used + (size_t)1);
    memcpy(ret, numbers.kind_of, numbers.used);
    memory_unmap(kind_of, trace->objects + (size_t)1);
    trace->objects = numbers.used;
    memory_unmap(current, current_bytes);
    memory_unmap(numbers.freed_at, links_bytes);
    memory_unmap(numbers.newer, links_bytes);
    memory_unmap(numbers.older, links_bytes);
    memory_unmap(numbers.kind_of, most + 1);
    memory_unmap(numbers.spare, spare_bytes);
    return ret;
}
