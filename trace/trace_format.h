#ifndef TIDEMARK_TRACE_TRACE_FORMAT_H
#define TIDEMARK_TRACE_TRACE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "trace.h"

/*
 * The contents of the file (docs/trace.md): a head, then chunks. All numbers are
 * little-endian. A chunk is a head and one zstd frame with a checksum.
 */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "structures are read as they lie");

#define TRACE_MAGIC "tidetrac"
#define TRACE_MAGIC_LENGTH 8

enum {
    TRACE_VERSION = 1,
    TRACE_CHUNK_RECORDS = 16384, /* of a chunk, at most */
    TRACE_OBJECTS_MAX = 1 << 28,
    TRACE_THREADS_MAX = 1 << 16,
    TRACE_ALIGN_MAX = 30, /* log2 */
};

struct trace_head {
    char magic[TRACE_MAGIC_LENGTH];
    uint32_t version;
    uint32_t time_unit_ns; /* times are multiples of this */
    uint32_t sample;       /* one of so many objects was recorded */
    uint32_t zero[3];
};
_Static_assert(sizeof(struct trace_head) == 32, "no padding");

enum trace_chunk_kind { TRACE_CHUNK_CALLS = 1, TRACE_CHUNK_END };

/*
 * The head of a chunk. TRACE_CHUNK_CALLS: `records` records of one thread follow in
 * `bytes` bytes. TRACE_CHUNK_END: nothing follows; `thread` is the number of threads,
 * `records` the number of objects, `order` the number of records.
 */
struct trace_chunk {
    uint32_t kind;
    uint32_t thread;
    uint32_t records;
    uint32_t bytes;
    uint64_t order; /* of its first record */
    uint64_t time;  /* of its first record, in time units */
};
_Static_assert(sizeof(struct trace_chunk) == 32, "no padding");

/* The most bytes of a record before compression: tag, order, time, object, size. */
enum { TRACE_RECORD_BYTES_MAX = 1 + 10 + 10 + 5 + 5 };
enum { TRACE_CHUNK_BYTES_MAX = TRACE_CHUNK_RECORDS * TRACE_RECORD_BYTES_MAX };

/*
 * Writes the columns of a chunk to `out`, which must have room for TRACE_CHUNK_BYTES_MAX:
 * tags, then order, time and object as differences, then sizes. `orders[i]` is the order
 * of `records[i]`. Returns the number of bytes.
 */
size_t trace_chunk_encode(const struct trace_record *records, const uint64_t *orders,
                          size_t count, uint32_t time_unit_ns, unsigned char *out);

/*
 * Reads the columns of a chunk, and puts each record at its order in `table`. Drops
 * records whose order is `table_count` or more. -EINVAL if the bytes are no such columns,
 * or if a record's place is taken.
 */
int trace_chunk_decode(const struct trace_chunk *chunk, const unsigned char *bytes,
                       size_t length, uint32_t time_unit_ns, struct trace_record *table,
                       size_t table_count);

/* Zeroed memory from mmap(), or NULL. */
void *trace_map(size_t bytes);
void trace_unmap(void *memory, size_t bytes);

__attribute__((format(printf, 2, 3))) void trace_fault_set(struct trace_fault *fault,
                                                           const char *format, ...);

#endif
