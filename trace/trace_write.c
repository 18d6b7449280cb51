/* Writes a whole trace: a chunk whenever a thread's buffer is full, then the rest. */
#define ZSTD_STATIC_LINKING_ONLY /* for a context in memory of ours */
#include <zstd.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "trace_format.h"

/* What one thread has called and is not written yet. */
struct buffer {
    struct trace_record records[TRACE_CHUNK_RECORDS];
    uint64_t orders[TRACE_CHUNK_RECORDS];
    size_t count;
};

struct writer {
    int fd, level;
    uint32_t time_unit_ns;
    ZSTD_CCtx *context;
    struct buffer *buffers; /* one a thread */
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
    struct buffer *buffer = &writer->buffers[thread];
    if (buffer->count == 0)
        return 0;
    size_t length = trace_chunk_encode(buffer->records, buffer->orders, buffer->count,
                                       writer->time_unit_ns, writer->columns);
    size_t packed = ZSTD_compress2(writer->context, writer->packed, writer->packed_max,
                                   writer->columns, length);
    if (ZSTD_isError(packed))
        return -ENOMEM;
    struct trace_chunk chunk = {.kind = TRACE_CHUNK_CALLS,
                                .thread = thread,
                                .records = (uint32_t)buffer->count,
                                .bytes = (uint32_t)packed,
                                .order = buffer->orders[0],
                                .time =
                                    buffer->records[0].time_ns / writer->time_unit_ns};
    buffer->count = 0;
    int error = write_all(writer->fd, &chunk, sizeof chunk);
    return error ? error : write_all(writer->fd, writer->packed, packed);
}

static int write_calls(struct writer *writer, const struct trace *trace) {
    int error = 0;
    for (size_t i = 0; !error && i < trace->count; i++) {
        struct buffer *buffer = &writer->buffers[trace->records[i].thread];
        buffer->records[buffer->count] = trace->records[i];
        buffer->orders[buffer->count++] = i;
        if (buffer->count == TRACE_CHUNK_RECORDS)
            error = flush(writer, trace->records[i].thread);
    }
    for (uint32_t thread = 0; !error && thread < trace->threads; thread++)
        error = flush(writer, thread);
    return error;
}

static int write_trace(struct writer *writer, const struct trace *trace) {
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
        error = write_calls(writer, trace);
    return error ? error : write_all(writer->fd, &end, sizeof end);
}

/* Maps what the writer needs, and calls write_trace() with it. */
static int write_with_memory(struct writer *writer, const struct trace *trace) {
    size_t workspace = ZSTD_estimateCCtxSize(writer->level);
    size_t buffers = trace->threads * sizeof(struct buffer);
    writer->packed_max = ZSTD_compressBound(TRACE_CHUNK_BYTES_MAX);
    size_t bytes = workspace + buffers + TRACE_CHUNK_BYTES_MAX + writer->packed_max;
    unsigned char *memory = trace_map(bytes);
    if (!memory)
        return -ENOMEM;
    writer->buffers =
        (struct buffer *)memory; /* first, since it is the one aligned to 8 */
    writer->context = ZSTD_initStaticCCtx(memory + buffers, workspace);
    writer->columns = memory + buffers + workspace;
    writer->packed = writer->columns + TRACE_CHUNK_BYTES_MAX;
    ZSTD_CCtx_setParameter(writer->context, ZSTD_c_compressionLevel, writer->level);
    ZSTD_CCtx_setParameter(writer->context, ZSTD_c_checksumFlag, 1);
    int error = write_trace(writer, trace);
    trace_unmap(memory, bytes);
    return error;
}

int trace_write(const char *path, const struct trace *trace, int level,
                struct trace_fault *fault) {
    int error = trace_check(trace, path, fault);
    if (error)
        return error;
    struct writer writer = {.level = level, .time_unit_ns = trace->time_unit_ns};
    writer.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    error = writer.fd < 0 ? -errno : write_with_memory(&writer, trace);
    if (writer.fd >= 0 && close(writer.fd) < 0 && !error)
        error = -errno;
    if (error)
        trace_fault_set(fault, "cannot write the trace %s: %s", path, strerror(-error));
    return error;
}
