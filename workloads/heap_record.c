/*
 * Each thread notes its calls in memory of its own. One counter numbers the calls of all
 * threads. At the end heap_record_write() puts them in order, and turns addresses into
 * object numbers.
 *
 * A realloc that moves a block gives up one address before it has the other. In between,
 * the old address may go to another thread, and the new one may come from another thread.
 * So a realloc is two events. Its place in the trace is that of the second one.
 */
#include "heap_record.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "memory.h"
#include "say.h"

enum {
    EVENTS_MAX = 1 << 25, /* of a thread; memory is reserved, and used as they come */
    RELEASE = TRACE_OPS,  /* the first event of a realloc */
    COMPRESSION = 9,      /* zstd's level */
    TIME_UNIT_NS = 1000,
};

struct event {
    uint64_t order, time_ns;
    const void *block;
    uint32_t size;
    uint8_t op, align_log2;
};

struct buffer {
    struct event *events;
    size_t count;
    char padding[48]; /* a cache line of its own */
};

int heap_recording;
static struct buffer *buffers;
static unsigned buffer_count;
static _Atomic uint64_t next_order;
static uint64_t started_ns;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void heap_record_start(unsigned threads) {
    buffer_count = threads;
    buffers = memory_map(threads * sizeof *buffers);
    for (unsigned i = 0; i < threads; i++) {
        buffers[i].events =
            mmap(NULL, EVENTS_MAX * sizeof(struct event), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (buffers[i].events == MAP_FAILED)
            say_fail("cannot map memory for the calls of %u threads", threads);
    }
    started_ns = now_ns();
    heap_recording = 1;
}

static void note(unsigned thread, int op, const void *block, size_t size,
                 unsigned align_log2) {
    struct buffer *buffer = &buffers[thread];
    if (buffer->count == EVENTS_MAX)
        say_fail("a thread makes more than %d calls: record less with a smaller --scale",
                 EVENTS_MAX);
    /* relaxed: the program orders the calls of two threads on a block that they share */
    buffer->events[buffer->count++] = (struct event){
        .order = atomic_fetch_add_explicit(&next_order, 1, memory_order_relaxed),
        .time_ns = now_ns() - started_ns,
        .block = block,
        .size = (uint32_t)size,
        .op = (uint8_t)op,
        .align_log2 = (uint8_t)align_log2};
}

void heap_record_call(unsigned thread, enum trace_op op, const void *block, size_t size,
                      unsigned align_log2) {
    note(thread, op, block, size, align_log2);
}

void heap_record_release(unsigned thread, const void *block) {
    note(thread, RELEASE, block, 0, 0);
}

void heap_record_idle(unsigned thread) {
    note(thread, TRACE_IDLE, NULL, 0, 0);
}

/* An address and the object there. Entries stay: an allocator uses addresses again. */
struct address {
    const void *block;
    uint32_t object;
};

/* The state while events become records. */
struct numbering {
    struct address *addresses; /* a hash table of mask + 1 entries */
    size_t mask;
    uint32_t *unused; /* the numbers of freed objects, the latest last */
    uint32_t unused_count, objects;
    uint32_t *moving; /* by thread: the object that its realloc is moving */
};

static struct address *address_of(const struct numbering *numbering, const void *block) {
    size_t at = (size_t)((uint64_t)(uintptr_t)block * UINT64_C(0x9e3779b97f4a7c15) >> 20);
    while (numbering->addresses[at & numbering->mask].block &&
           numbering->addresses[at & numbering->mask].block != block)
        at++;
    struct address *address = &numbering->addresses[at & numbering->mask];
    address->block = block;
    return address;
}

/* The number of the object that the event is about. A new object gets a freed number if
 * there is one. */
static uint32_t number(struct numbering *numbering, unsigned thread,
                       const struct event *event) {
    if (event->op == TRACE_IDLE)
        return 0;
    struct address *address = address_of(numbering, event->block);
    if (event->op == RELEASE)
        return numbering->moving[thread] = address->object;
    if (event->op == TRACE_REALLOC)
        return address->object = numbering->moving[thread];
    if (event->op == TRACE_FREE)
        return numbering->unused[numbering->unused_count++] = address->object;
    return address->object = numbering->unused_count
                                 ? numbering->unused[--numbering->unused_count]
                                 : numbering->objects++;
}

/* An event with its thread. */
struct ordered {
    struct event event;
    unsigned thread;
};

static struct ordered *in_order(size_t count) {
    struct ordered *all = memory_map(count * sizeof *all);
    for (unsigned i = 0; i < buffer_count; i++)
        for (size_t k = 0; k < buffers[i].count; k++)
            all[buffers[i].events[k].order] = (struct ordered){buffers[i].events[k], i};
    return all;
}

static void make_records(struct trace *trace, const struct ordered *all, size_t count) {
    struct numbering numbering = {.mask = 1};
    while (numbering.mask < 2 * count)
        numbering.mask *= 2;
    numbering.addresses = memory_map(numbering.mask-- * sizeof(struct address));
    numbering.unused = memory_map(count * sizeof(uint32_t));
    numbering.moving = memory_map(buffer_count * sizeof(uint32_t));
    trace->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &all[i].event;
        uint32_t object = number(&numbering, all[i].thread, event);
        if (event->op != RELEASE)
            trace->records[trace->count++] =
                (struct trace_record){.time_ns = event->time_ns,
                                      .object = object,
                                      .size = event->size,
                                      .thread = (uint16_t)all[i].thread,
                                      .op = event->op,
                                      .align_log2 = event->align_log2};
    }
    trace->objects = numbering.objects;
}

void heap_record_write(const char *path) {
    struct trace trace;
    struct trace_fault fault;
    size_t count = atomic_load_explicit(&next_order, memory_order_relaxed);
    heap_recording = 0;
    if (trace_allocate(&trace, count) < 0)
        say_fail("cannot map memory for %zu calls", count);
    trace.threads = buffer_count;
    trace.time_unit_ns = TIME_UNIT_NS;
    make_records(&trace, in_order(count), count);
    if (trace_write(path, &trace, COMPRESSION, &fault) < 0)
        say_fail("%s", fault.text);
    trace_free(&trace);
}
