/*
 * The columns of a chunk. Numbers have variable length: seven bits in a byte, the lowest
 * first, and the top bit set in all bytes except the last. Columns compress a fifth
 * better than whole records one after another.
 */
#include "trace_format.h"

#include <errno.h>

enum { OP_BITS = 3 }; /* of a tag byte; the other bits are the alignment */

static unsigned char *put(unsigned char *at, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        *at++ = (unsigned char)(value | 0x80);
    *at++ = (unsigned char)value;
    return at;
}

/* Puts the sign into the lowest bit, so that small differences stay short. */
static uint64_t fold(int64_t difference) {
    return (uint64_t)difference << 1 ^ (uint64_t)(difference >> 63);
}

static int64_t unfold(uint64_t value) {
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static int has_size(unsigned op) {
    return op != TRACE_FREE && op != TRACE_IDLE;
}

size_t trace_chunk_encode(const struct trace_record *records, const uint64_t *orders,
                          size_t count, uint32_t time_unit_ns, unsigned char *out) {
    unsigned char *at = out;
    uint64_t time = count ? records[0].time_ns / time_unit_ns : 0;
    int64_t object = 0;
    for (size_t i = 0; i < count; i++)
        *at++ = (unsigned char)(records[i].op | records[i].align_log2 << OP_BITS);
    for (size_t i = 0; i < count; i++)
        at = put(at, i ? orders[i] - orders[i - 1] : 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t now = records[i].time_ns / time_unit_ns;
        at = put(at, fold((int64_t)(now - time)));
        time = now;
    }
    for (size_t i = 0; i < count; i++) {
        at = put(at, fold((int64_t)records[i].object - object));
        object = records[i].object;
    }
    for (size_t i = 0; i < count; i++)
        if (has_size(records[i].op))
            at = put(at, records[i].size);
    return (size_t)(at - out);
}

/* The bytes that are left to read. get() sets `bad` if they end within a number. */
struct cursor {
    const unsigned char *at, *end;
    int bad;
};

static uint64_t get(struct cursor *cursor) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && cursor->at < cursor->end; shift += 7) {
        unsigned char byte = *cursor->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    cursor->bad = 1;
    return 0;
}

enum column { ORDER, TIME, OBJECT, SIZE, COLUMNS };

/* Finds the beginning of each column by reading the columns before it. */
static int find_columns(const unsigned char *bytes, size_t length, size_t count,
                        struct cursor columns[COLUMNS]) {
    if (length < count)
        return -EINVAL;
    struct cursor cursor = {bytes + count, bytes + length, 0};
    for (int c = 0; c < COLUMNS; c++) {
        columns[c] = cursor;
        for (size_t i = 0; i < count; i++)
            if (c != SIZE || has_size(bytes[i] & ((1 << OP_BITS) - 1)))
                get(&cursor);
    }
    return cursor.bad || cursor.at != cursor.end ? -EINVAL : 0;
}

int trace_chunk_decode(const struct trace_chunk *chunk, const unsigned char *bytes,
                       size_t length, uint32_t time_unit_ns, struct trace_record *table,
                       size_t table_count) {
    struct cursor columns[COLUMNS];
    if (find_columns(bytes, length, chunk->records, columns) < 0)
        return -EINVAL;
    uint64_t order = chunk->order, time = chunk->time;
    int64_t object = 0;
    for (uint32_t i = 0; i < chunk->records; i++) {
        struct trace_record record = {.thread = (uint16_t)chunk->thread,
                                      .op = bytes[i] & ((1 << OP_BITS) - 1),
                                      .align_log2 = (uint8_t)(bytes[i] >> OP_BITS)};
        order += get(&columns[ORDER]);
        time += (uint64_t)unfold(get(&columns[TIME]));
        /* unsigned: a damaged difference may be so large that the sum wraps */
        object = (int64_t)((uint64_t)object + (uint64_t)unfold(get(&columns[OBJECT])));
        record.time_ns = time * time_unit_ns;
        uint64_t size = has_size(record.op) ? get(&columns[SIZE]) : 0;
        if (object < 0 || object > UINT32_MAX || size > UINT32_MAX || record.op == 0)
            return -EINVAL;
        record.object = (uint32_t)object;
        record.size = (uint32_t)size;
        if (order < table_count && table[order].op)
            return -EINVAL;
        if (order < table_count)
            table[order] = record;
    }
    return 0;
}
