/* Writes a trace: a chunk whenever a thread has enough calls, then the rest. */
#define ZSTD_STATIC_LINKING_ONLY /* for ZSTD_initStaticCCtx() */
#include <zstd.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "trace_format.h"

/* The calls of one thread that are not written yet: a list through `writer.next`. */
struct lane {
    size_t first, last; /* places in the trace */
    uint32_t count;
};

struct writer {
    const struct trace *trace;
    int fd, level;
    ZSTD_CCtx *context;
    struct lane *lanes; /* by thread */
    size_t *next;       /* by place in the trace: the next record of the same thread */
    struct trace_record *records; /* of the current chunk */
    uint64_t *orders;
    unsigned char *columns; /* TRACE_CHUNK_BYTES_MAX */
    unsigned char *packed;
    size_t packed_max;
};

static int write_all(int fd, const void *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t n = write(fd, (const char *)bytes + done, length - done);
        if (n < 0 && errno != EINTR)
            return -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int flush(struct writer *writer, uint32_t thread) {
    struct lane *lane = &writer->lanes[thread];
    const uint32_t unit_ns = writer->trace->time_unit_ns, count = lane->count;
    if (count == 0)
        return 0;
    for (size_t i = 0, at = lane->first; i < count; i++, at = writer->next[at]) {
        writer->records[i] = writer->trace->records[at];
        writer->orders[i] = at;
    }
    lane->count = 0;
    size_t length = trace_chunk_encode(writer->records, writer->orders, count, unit_ns,
                                       writer->columns);
    size_t packed = ZSTD_compress2(writer->context, writer->packed, writer->packed_max,
                                   writer->columns, length);
    if (ZSTD_isError(packed))
        return -ENOMEM;
    struct trace_chunk chunk = {.kind = TRACE_CHUNK_CALLS,
                                .thread = thread,
                                .records = count,
                                .bytes = (uint32_t)packed,
                                .order = writer->orders[0],
                                .time = writer->records[0].time_ns / unit_ns};
    int error = write_all(writer->fd, &chunk, sizeof chunk);
    return error ? error : write_all(writer->fd, writer->packed, packed);
}

static int write_calls(struct writer *writer) {
    const struct trace *trace = writer->trace;
    int error = 0;
    for (size_t i = 0; !error && i < trace->count; i++) {
        struct lane *lane = &writer->lanes[trace->records[i].thread];
        if (lane->count == 0)
            lane->first = i;
        else
            writer->next[lane->last] = i;
        lane->last = i;
        if (++lane->count == TRACE_CHUNK_RECORDS)
            error = flush(writer, trace->records[i].thread);
    }
    for (uint32_t thread = 0; !error && thread < trace->threads; thread++)
        error = flush(writer, thread);
    return error;
}

static int write_trace(struct writer *writer) {
    const struct trace *trace = writer->trace;
    struct trace_head head = {.magic = TRACE_MAGIC,
                              .version = TRACE_VERSION,
                              .time_unit_ns = trace->time_unit_ns,
                              .sample = trace->sample};
    struct trace_chunk end = {.kind = TRACE_CHUNK_END,
                              .thread = trace->threads,
                              .records = trace->objects,
                              .order = trace->count};
    int error = write_all(writer->fd, &head, sizeof head);
    if (!error)
        error = write_calls(writer);
    return error ? error : write_all(writer->fd, &end, sizeof end);
}

/* Takes the next bytes of `*memory`, aligned to 64. */
static void *take(unsigned char **memory, size_t bytes) {
    void *taken = *memory;
    *memory += (bytes + 63) & ~(size_t)63;
    return taken;
}

/* Maps the memory that the writer needs, and calls write_trace(). */
static int write_with_memory(struct writer *writer) {
    const size_t workspace = ZSTD_estimateCCtxSize(writer->level),
                 lanes = writer->trace->threads * sizeof *writer->lanes,
                 next = writer->trace->count * sizeof *writer->next,
                 records = TRACE_CHUNK_RECORDS * sizeof *writer->records,
                 orders = TRACE_CHUNK_RECORDS * sizeof *writer->orders;
    writer->packed_max = ZSTD_compressBound(TRACE_CHUNK_BYTES_MAX);
    const size_t bytes = workspace + lanes + next + records + orders +
                         TRACE_CHUNK_BYTES_MAX + writer->packed_max + 7 * 64;
    unsigned char *memory = trace_map(bytes), *at = memory;
    if (!memory)
        return -ENOMEM;
    writer->context = ZSTD_initStaticCCtx(take(&at, workspace), workspace);
    writer->lanes = take(&at, lanes);
    writer->next = take(&at, next);
    writer->records = take(&at, records);
    writer->orders = take(&at, orders);
    writer->columns = take(&at, TRACE_CHUNK_BYTES_MAX);
    writer->packed = take(&at, writer->packed_max);
    ZSTD_CCtx_setParameter(writer->context, ZSTD_c_compressionLevel, writer->level);
    ZSTD_CCtx_setParameter(writer->context, ZSTD_c_checksumFlag, 1);
    int error = write_trace(writer);
    trace_unmap(memory, bytes);
    return error;
}

int trace_write(const char *path, const struct trace *trace, int level,
                struct trace_fault *fault) {
    int error = trace_check(trace, path, fault);
    if (error)
        return error;
    struct writer writer = {.trace = trace, .level = level};
    writer.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    error = writer.fd < 0 ? -errno : write_with_memory(&writer);
    if (writer.fd >= 0 && close(writer.fd) < 0 && !error)
        error = -errno;
    if (error)
        trace_fault_set(fault, "cannot write the trace %s: %s", path, strerror(-error));
    return error;
}
