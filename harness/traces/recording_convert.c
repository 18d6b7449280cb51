/*
 * Makes a trace of raw records. Addresses become objects. The two records of a realloc
 * become one. The new order has no gaps. Some records do not fit together, because the
 * program had blocks from before the recording or was killed during a call. These are
 * counted, and left out if need be; they are never an error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blockmap.h"
#include "heap.h"
#include "rawfile.h"
#include "reason.h"
#include "recording.h"
#include "trace.h"

#define NO_OBJECT UINT32_MAX

/* The heap of the recorded process after the records so far. */
struct heap {
    struct blockmap blocks;
    struct object {
        uint32_t size;
        uint32_t next_spare; /* of a freed object: the next one; NO_OBJECT: none */
        uint8_t align_log2;  /* of the alignment that was asked for */
    } * objects;             /* by number */
    size_t count;
    uint32_t spare; /* a freed object: its number is used again; NO_OBJECT: none */
    struct moving {
        uint64_t address; /* the old address in a realloc under way; 0: none */
        uint32_t object;  /* NO_OBJECT: its block is older than the recording */
    } * moving;           /* by thread */
};

/* Receives the trace's records. If `records` is NULL, it drops them. */
struct sink {
    struct trace_record *records;
    size_t count;
    uint32_t threads;
    struct recording_facts *facts;
};

static void emit(struct sink *sink, const struct raw_record *raw, enum trace_op op,
                 uint32_t object, uint64_t size) {
    if (!sink->records)
        return;
    sink->facts->clamped += size > UINT32_MAX;
    if (raw->thread >= sink->threads)
        sink->threads = raw->thread + 1u;
    sink->records[sink->count++] =
        (struct trace_record){.time_ns = (uint64_t)raw->time * RAW_TIME_UNIT_NS,
                              .object = object,
                              .size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size,
                              .thread = raw->thread,
                              .op = (uint8_t)op,
                              .align_log2 = raw->align_log2};
}

/* ---- the heap ---- */

static void heap_finish(struct heap *heap) {
    blockmap_finish(&heap->blocks);
    free(heap->objects);
    free(heap->moving);
}

static void note_size(struct heap *heap, uint32_t object, const struct raw_record *raw) {
    heap->objects[object] =
        (struct object){.size = raw->size > UINT32_MAX ? UINT32_MAX : (uint32_t)raw->size,
                        .align_log2 = raw->align_log2};
}

static void end_object(struct heap *heap, struct sink *sink, const struct raw_record *raw,
                       uint32_t object) {
    heap->objects[object].next_spare = heap->spare;
    heap->spare = object;
    emit(sink, raw, TRACE_FREE, object, 0);
}

/* Called when an address is handed out. If an object is still there, the recorder did not
 * see its free. This adds the free. */
static void clear_place(struct heap *heap, struct sink *sink,
                        const struct raw_record *raw) {
    uint32_t old;
    if (blockmap_take(&heap->blocks, raw->address, &old)) {
        sink->facts->implied++;
        end_object(heap, sink, raw, old);
    }
}

static void begin_object(struct heap *heap, struct sink *sink,
                         const struct raw_record *raw, enum trace_op op) {
    clear_place(heap, sink, raw);
    uint32_t object = heap->spare;
    if (object == NO_OBJECT) {
        heap->objects =
            heap_resize(heap->objects, heap->count + 1, sizeof *heap->objects);
        object = (uint32_t)heap->count++;
    } else {
        heap->spare = heap->objects[object].next_spare;
    }
    note_size(heap, object, raw);
    emit(sink, raw, op, object, raw->size);
    blockmap_put(&heap->blocks, raw->address, object);
}

/* Applies the second record of a realloc. If size and address are 0, the realloc freed
 * the block, as that of the C library does. */
static void finish_realloc(struct heap *heap, struct sink *sink,
                           const struct raw_record *raw, struct moving *moving) {
    struct moving from = *moving;
    *moving = (struct moving){0, NO_OBJECT};
    if (!from.address)
        return;
    if (from.object == NO_OBJECT) { /* unknown until now */
        sink->facts->strangers++;
        if (raw->address)
            begin_object(heap, sink, raw, TRACE_MALLOC);
    } else if (raw->address) {
        clear_place(heap, sink, raw);
        note_size(heap, from.object, raw);
        emit(sink, raw, TRACE_REALLOC, from.object, raw->size);
        blockmap_put(&heap->blocks, raw->address, from.object);
    } else if (raw->size == 0) {
        end_object(heap, sink, raw, from.object);
    } else { /* it failed: the old block stays */
        blockmap_put(&heap->blocks, from.address, from.object);
    }
}

/* Applies one record to the heap, and passes it to the sink. */
static void apply(struct heap *heap, struct sink *sink, const struct raw_record *raw) {
    struct moving *moving = &heap->moving[raw->thread];
    uint32_t object = NO_OBJECT;
    switch (raw->op) {
    case RAW_MALLOC:
        begin_object(heap, sink, raw, TRACE_MALLOC);
        break;
    case RAW_CALLOC:
        begin_object(heap, sink, raw, TRACE_CALLOC);
        break;
    case RAW_ALIGNED:
        begin_object(heap, sink, raw, TRACE_ALIGNED);
        break;
    case RAW_FREE:
        if (blockmap_take(&heap->blocks, raw->address, &object))
            end_object(heap, sink, raw, object);
        else
            sink->facts->strangers++;
        break;
    case RAW_REALLOC_FROM:
        blockmap_take(&heap->blocks, raw->address, &object);
        *moving = (struct moving){raw->address, object};
        break;
    case RAW_REALLOC_TO:
        finish_realloc(heap, sink, raw, moving);
        break;
    }
}

/* ---- the order ---- */

/* A file's usable records by order: at[i] has the order first + i, or is NULL if that
 * record is missing. */
struct ordered {
    const struct raw_record **at;
    size_t count;
    uint64_t first;
};

static bool is_usable(const struct raw_record *raw, uint64_t below) {
    return raw->op != 0 && raw->order < below;
}

static int order_records(const struct recording_file *file, uint64_t below,
                         struct ordered *ret) {
    const struct raw_record *records =
        (const void *)((const char *)file->head + RAW_HEAD_BYTES);
    size_t count = (file->length - RAW_HEAD_BYTES) / sizeof *records;
    uint64_t first = UINT64_MAX, last = 0;
    if (below > file->head->lost_order)
        below = file->head->lost_order;
    for (size_t i = 0; i < count; i++) {
        if (!is_usable(&records[i], below))
            continue;
        first = records[i].order < first ? records[i].order : first;
        last = records[i].order > last ? records[i].order : last;
    }
    *ret = (struct ordered){.first = first};
    if (first == UINT64_MAX)
        return 0;
    /* at least half of the orders would be missing: the file is damaged */
    if (last - first >= 2 * (uint64_t)count)
        return -EBADMSG;
    ret->count = (size_t)(last - first) + 1;
    ret->at = heap_new(ret->count, sizeof *ret->at);
    for (size_t i = 0; i < count; i++)
        if (is_usable(&records[i], below))
            ret->at[records[i].order - first] = &records[i];
    return 0;
}

/* Applies a file's records with orders below `below`. Counts the missing ones. */
static int apply_file(struct heap *heap, struct sink *sink,
                      const struct recording_file *file, uint64_t below) {
    struct ordered ordered;
    int error = order_records(file, below, &ordered);
    for (size_t i = 0; !error && i < ordered.count; i++) {
        if (ordered.at[i])
            apply(heap, sink, ordered.at[i]);
        else
            sink->facts->missing++;
    }
    free(ordered.at);
    return error;
}

/* ---- forks ---- */

static const struct recording_file *find_file(const struct recording *recording,
                                              uint32_t number) {
    for (size_t i = 0; i < recording->count; i++)
        if (recording->files[i].head->file == number)
            return &recording->files[i];
    return NULL;
}

/* Makes the heap that the process had at its fork: applies the records of its ancestors,
 * those of the eldest first. */
static int inherit(const struct recording *recording, const struct recording_file *file,
                   struct heap *heap) {
    /* a parent's file has a smaller number; checking that ends the recursion even if the
     * files are damaged */
    const struct recording_file *parent =
        file->head->parent_file && file->head->parent_file < file->head->file
            ? find_file(recording, file->head->parent_file)
            : NULL;
    if (!parent)
        return 0;
    struct recording_facts ignored = {0};
    struct sink nowhere = {.facts = &ignored};
    int error = inherit(recording, parent, heap);
    if (!error)
        error = apply_file(heap, &nowhere, parent, file->head->parent_order);
    /* the child has only the forking thread: reallocs of the others never finish */
    memset(heap->moving, 0, RAW_THREADS_MAX * sizeof *heap->moving);
    return error;
}

/* Begins the trace with the objects that the process had at its fork. */
static void emit_inherited(const struct heap *heap, struct sink *sink) {
    for (size_t i = 0; i < heap->blocks.capacity; i++) {
        const struct blockmap_entry *entry = &heap->blocks.entries[i];
        if (!entry->address)
            continue;
        const struct object *object = &heap->objects[entry->object];
        struct raw_record raw = {.align_log2 = object->align_log2};
        emit(sink, &raw, raw.align_log2 ? TRACE_ALIGNED : TRACE_MALLOC, entry->object,
             object->size);
        sink->facts->inherited++;
    }
}

/* ---- the whole ---- */

int recording_convert(const struct recording *recording,
                      const struct recording_file *file, struct trace *ret,
                      struct recording_facts *ret_facts, struct reason *reason) {
    struct heap heap = {.spare = NO_OBJECT,
                        .moving = heap_new(RAW_THREADS_MAX, sizeof *heap.moving)};
    struct trace trace = {0};
    struct recording_facts facts = {.nested = file->head->nested};
    int error = inherit(recording, file, &heap);
    if (!error) /* room for a free that was not seen before each record, and for the
                   record of recording_mark_idle() */
        error = trace_allocate(&trace, heap.blocks.count + 2 * (size_t)file->calls + 1);
    if (!error) {
        struct sink sink = {.records = trace.records, .threads = 1, .facts = &facts};
        emit_inherited(&heap, &sink);
        error = apply_file(&heap, &sink, file, UINT64_MAX);
        trace.count = sink.count;
        trace.objects = (uint32_t)heap.count;
        trace.threads = sink.threads;
        trace.time_unit_ns = RAW_TIME_UNIT_NS;
    }
    heap_finish(&heap);
    if (error) {
        trace_free(&trace);
        reason_set(reason, "cannot make a trace of process %u (%s): %s", file->head->pid,
                   file->program,
                   error == -EBADMSG ? "its raw file is damaged" : strerror(-error));
        return error;
    }
    *ret = trace;
    *ret_facts = facts;
    return 0;
}

bool recording_mark_idle(struct trace *trace, uint64_t pause_ns, uint64_t *ret_at_ns) {
    uint64_t latest_ns = 0;
    size_t at = 0;
    for (size_t i = 0; i < trace->count; i++) {
        uint64_t time_ns = trace->records[i].time_ns;
        if (latest_ns && time_ns >= latest_ns + pause_ns) {
            at = i;
            *ret_at_ns = latest_ns;
        }
        latest_ns = time_ns > latest_ns ? time_ns : latest_ns;
    }
    if (at == 0)
        return false;
    struct trace_record *record = &trace->records[at];
    memmove(record + 1, record, (trace->count++ - at) * sizeof *record);
    *record = (struct trace_record){
        .time_ns = *ret_at_ns, .thread = record[1].thread, .op = TRACE_IDLE};
    return true;
}
