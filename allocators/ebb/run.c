/* See run.h. A run is described by its first slice; which slices are free, and which
 * free ones are resident, is slice.c's business. */
#include "run.h"

#include <string.h>

#include "atomic.h"
#include "fault.h"
#include "slice.h"

static size_t slices_for(size_t size) {
    return (size + SLICE_SIZE - 1) >> SLICE_SHIFT;
}

/* Whoever owns the slices sets their kinds; a program that passes a wild pointer may
 * read them at any time. */
static void set_inside(size_t from, size_t to, enum slice_kind kind) {
    for (size_t i = from; i < to; i++)
        store_relaxed(&heap.slice[i].kind, (uint8_t)kind);
}

void *run_alloc(size_t size, size_t align, bool zero) {
    size_t count = slices_for(size), index;
    size_t align_slices = align > SLICE_SIZE ? align >> SLICE_SHIFT : 1;
    bool is_zero;
    enum huge_use use = huge_use_of(size, count << SLICE_SHIFT);
    if (slice_alloc(count, align_slices, use, &index, &is_zero) != 0)
        return NULL;
    struct slice *slice = &heap.slice[index];
    store_relaxed(&slice->run_slices, (uint32_t)count);
    store_relaxed(&slice->kind, SLICE_RUN);
    set_inside(index + 1, index + count, SLICE_INSIDE);
    for (size_t i = index; zero && !is_zero && i < index + count; i++)
        if (slice_is_dirty(i))
            memset(slice_start(i), 0, SLICE_SIZE);
    slice_set_dirty(index, count, true);
    return slice_start(index);
}

/* The run's first slice, or a fault that says what block is instead. */
static size_t run_index(const void *block) {
    size_t index = slice_of(block);
    unsigned kind = SLICE_FREE;
    /* Relaxed: a block of ours was handed over after the frontier had passed it. */
    if (likely(index >= heap.first && index < load_relaxed(&heap.frontier)))
        kind = load_relaxed(&heap.slice[index].kind);
    if (unlikely(kind == SLICE_FREE))
        fault("invalid pointer", block);
    if (unlikely(kind != SLICE_RUN || (uintptr_t)block % SLICE_SIZE != 0))
        fault("interior pointer", block);
    return index;
}

size_t run_free(void *block) {
    size_t index = run_index(block);
    size_t count = load_relaxed(&heap.slice[index].run_slices);
    set_inside(index, index + count, SLICE_FREE);
    slice_free(index, count);
    return count << SLICE_SHIFT;
}

size_t run_usable(const void *block) {
    return (size_t)load_relaxed(&heap.slice[run_index(block)].run_slices) << SLICE_SHIFT;
}

bool run_resize(void *block, size_t size) {
    size_t index = run_index(block), wanted = slices_for(size);
    struct slice *slice = &heap.slice[index];
    size_t count = load_relaxed(&slice->run_slices);
    if (wanted < count) {
        set_inside(index + wanted, index + count, SLICE_FREE);
        store_relaxed(&slice->run_slices, (uint32_t)wanted);
        slice_free(index + wanted, count - wanted);
    } else if (wanted > count) {
        if (!slice_extend(index + count, wanted - count))
            return false;
        set_inside(index + count, index + wanted, SLICE_INSIDE);
        slice_set_dirty(index + count, wanted - count, true);
        store_relaxed(&slice->run_slices, (uint32_t)wanted);
    }
    return true;
}

void run_count(size_t *ret_runs, size_t *ret_bytes) {
    size_t runs = 0, slices = 0, frontier = load_relaxed(&heap.frontier);
    for (size_t i = heap.first; i < frontier; i++)
        if (load_relaxed(&heap.slice[i].kind) == SLICE_RUN) {
            runs++;
            slices += load_relaxed(&heap.slice[i].run_slices);
        }
    *ret_runs = runs;
    *ret_bytes = slices << SLICE_SHIFT;
}
