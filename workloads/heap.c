#include "heap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "heap_record.h"
#include "latency.h"
#include "memory.h"
#include "say.h"

enum { WHOLLY_WRITTEN = 8192 };

static struct heap_counters *all;
static unsigned count;
_Thread_local struct heap_counters *heap_own;

/* Set before the first call or never, so the processor predicts its branches. */
static bool is_timed;

void heap_setup(unsigned threads) {
    count = threads + 1;
    all = memory_map(count * sizeof *all);
}

void heap_measure_latency(void) {
    latency_setup(count - 1);
    is_timed = true;
}

/* This thread's number, as in heap_use_counters(). */
static unsigned own_number(void) {
    return (unsigned)(heap_own - all);
}

void heap_use_counters(unsigned thread) {
    heap_own = &all[thread];
}

struct heap_counters heap_total(void) {
    struct heap_counters total = {0};
    for (unsigned i = 0; i < count; i++) {
        total.calls += all[i].calls;
        total.held += all[i].held;
        total.checksum += all[i].checksum;
    }
    return total;
}

/* How many bytes of a block are written, and why: see heap.h. */
static size_t written(size_t size) {
    return size <= WHOLLY_WRITTEN ? size : size / 100 * 58;
}

/* Fills [from, written(size)) with the low byte of the stamp, and puts the stamp in
 * front. */
static void fill(void *block, size_t from, size_t size, uint32_t stamp) {
    size_t to = written(size);
    if (from < to)
        memset((char *)block + from, (int)(stamp & 0xff), to - from);
    if (from == 0)
        memcpy(block, &stamp, size < sizeof stamp ? size : sizeof stamp);
}

static int is_intact(const void *block, size_t size, uint32_t stamp) {
    size_t last = written(size) - 1;
    size_t front = size < sizeof stamp ? size : sizeof stamp;
    if (memcmp(block, &stamp, front) != 0)
        return 0;
    return last < sizeof stamp ||
           ((const unsigned char *)block)[last] == (unsigned char)(stamp & 0xff);
}

void heap_check(const void *block, size_t size, uint32_t stamp) {
    if (!is_intact(block, size, stamp))
        say_fail(
            "a block of %zu bytes does not hold what was written: the allocator gave "
            "it out twice, or the program wrote past a block",
            size);
    uint64_t mixed =
        ((uint64_t)stamp << 32 | (uint32_t)size) * UINT64_C(0x9e3779b97f4a7c15);
    heap_own->checksum += mixed ^ (mixed >> 29);
}

static void *count_in(void *block, size_t size, enum trace_op op, unsigned align_log2) {
    if (!block)
        say_fail("the allocator returned NULL for %zu bytes", size);
    heap_own->calls++;
    heap_own->held += (int64_t)size;
    if (heap_recording)
        heap_record_call(own_number(), op, block, size, align_log2);
    return block;
}

void *heap_alloc(size_t size, uint32_t stamp) {
    void *block = is_timed ? latency_malloc(own_number(), size) : malloc(size);
    count_in(block, size, TRACE_MALLOC, 0);
    fill(block, 0, size, stamp);
    return block;
}

void *heap_alloc_zeroed(size_t size, uint32_t stamp) {
    unsigned char *block = count_in(calloc(1, size), size, TRACE_CALLOC, 0);
    if (block[0] != 0 || block[size - 1] != 0)
        say_fail("calloc returned %zu bytes that are not zero", size);
    fill(block, 0, size, stamp);
    return block;
}

void *heap_alloc_aligned(size_t alignment, size_t size, uint32_t stamp) {
    void *block = NULL;
    if (posix_memalign(&block, alignment, size) != 0)
        block = NULL;
    count_in(block, size, TRACE_ALIGNED, (unsigned)__builtin_ctzl(alignment));
    if ((uintptr_t)block % alignment != 0)
        say_fail("a block is not aligned to %zu", alignment);
    fill(block, 0, size, stamp);
    return block;
}

void *heap_resize(void *block, size_t old_size, size_t new_size, uint32_t stamp) {
    if (!is_intact(block, old_size, stamp))
        heap_check(block, old_size, stamp); /* ends the process with a message */
    if (heap_recording)
        heap_record_release(own_number(), block);
    void *moved = is_timed ? latency_realloc(own_number(), block, new_size)
                           : realloc(block, new_size);
    count_in(moved, new_size, TRACE_REALLOC, 0);
    heap_own->held -= (int64_t)old_size;
    size_t kept = old_size < new_size ? old_size : new_size;
    if (memcmp(moved, &stamp, kept < sizeof stamp ? kept : sizeof stamp) != 0)
        say_fail("realloc from %zu to %zu bytes lost the contents", old_size, new_size);
    fill(moved,
         written(old_size) < written(new_size) ? written(old_size) : written(new_size),
         new_size, stamp);
    if (old_size < sizeof stamp || new_size < old_size)
        fill(moved, 0, new_size, stamp);
    return moved;
}

void heap_free(void *block, size_t size, uint32_t stamp) {
    heap_check(block, size, stamp);
    heap_own->calls++;
    heap_own->held -= (int64_t)size;
    if (heap_recording)
        heap_record_call(own_number(), TRACE_FREE, block, 0, 0);
    if (is_timed)
        latency_free(own_number(), block);
    else
        free(block);
}
