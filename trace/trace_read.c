/*
 * Reads a trace. Order numbers are consecutive over all threads, so a record's order is
 * its place in the table. Nothing needs merging, and an empty place means a lost record.
 */
#define ZSTD_STATIC_LINKING_ONLY /* for ZSTD_initStaticDCtx() */
#include <zstd.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace_format.h"

/* The mapped file, and what the heads of its chunks say. */
struct reader {
    const char *path;
    struct trace_fault *fault;
    const unsigned char *file;
    size_t length;
    size_t chunks, end; /* number of whole chunks; offset of their end */
    size_t records;
    struct trace_chunk last; /* the end chunk, if has_end */
    int has_end;
};

static int map_file(struct reader *reader) {
    struct stat info = {0};
    int fd = open(reader->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) < 0 || info.st_size == 0) {
        int error = fd < 0 ? errno : EINVAL;
        trace_fault_set(reader->fault, "cannot read the trace %s: %s", reader->path,
                        fd < 0 ? strerror(errno) : "it is empty");
        if (fd >= 0)
            close(fd);
        return -error;
    }
    void *file = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    int error = errno;
    close(fd);
    if (file == MAP_FAILED) {
        trace_fault_set(reader->fault, "cannot read the trace %s: %s", reader->path,
                        strerror(error));
        return -error;
    }
    reader->file = file;
    reader->length = (size_t)info.st_size;
    return 0;
}

static int check_head(const struct reader *reader, struct trace_head *ret) {
    struct trace_head head;
    if (reader->length < sizeof head ||
        memcmp(reader->file, TRACE_MAGIC, TRACE_MAGIC_LENGTH) != 0) {
        trace_fault_set(reader->fault,
                        "%s is not a trace: it does not begin with \"" TRACE_MAGIC "\"",
                        reader->path);
        return -EINVAL;
    }
    memcpy(&head, reader->file, sizeof head);
    if (head.version != TRACE_VERSION) {
        trace_fault_set(reader->fault,
                        "%s is a trace of version %u; this program reads version %d: "
                        "record or import it again",
                        reader->path, head.version, TRACE_VERSION);
        return -EINVAL;
    }
    if (head.time_unit_ns == 0 || head.sample == 0) {
        trace_fault_set(reader->fault, "%s: its head is damaged", reader->path);
        return -EINVAL;
    }
    *ret = head;
    return 0;
}

/* Reads the heads of all chunks. Leaves out a chunk that the end of the file cuts off. */
static int scan(struct reader *reader) {
    size_t at = sizeof(struct trace_head);
    while (!reader->has_end && at + sizeof reader->last <= reader->length) {
        struct trace_chunk chunk;
        memcpy(&chunk, reader->file + at, sizeof chunk);
        reader->has_end = chunk.kind == TRACE_CHUNK_END;
        if (reader->has_end) {
            reader->last = chunk;
            at += sizeof chunk;
            break;
        }
        if (chunk.kind != TRACE_CHUNK_CALLS || chunk.records == 0 ||
            chunk.records > TRACE_CHUNK_RECORDS || chunk.thread >= TRACE_THREADS_MAX) {
            trace_fault_set(reader->fault,
                            "%s: the head of chunk %zu (byte %zu) is damaged",
                            reader->path, reader->chunks, at);
            return -EINVAL;
        }
        if (reader->length - at - sizeof chunk < chunk.bytes)
            break;
        at += sizeof chunk + chunk.bytes;
        reader->chunks++;
        reader->records += chunk.records;
    }
    reader->end = at;
    return 0;
}

static int check_end(const struct reader *reader, enum trace_need need) {
    if (!reader->has_end && need == TRACE_WHOLE) {
        trace_fault_set(reader->fault,
                        "%s is truncated: it ends after %zu records, without an end mark",
                        reader->path, reader->records);
        return -EINVAL;
    }
    if (reader->has_end &&
        (reader->last.order != reader->records || reader->end != reader->length)) {
        trace_fault_set(
            reader->fault, "%s: its end mark says %llu records, but %zu are there",
            reader->path, (unsigned long long)reader->last.order, reader->records);
        return -EINVAL;
    }
    return 0;
}

/* Decodes every chunk into the table. `columns` is scratch of TRACE_CHUNK_BYTES_MAX. */
static int decode_with(const struct reader *reader, struct trace *trace,
                       ZSTD_DCtx *context, unsigned char *columns) {
    size_t at = sizeof(struct trace_head);
    for (size_t i = 0; i < reader->chunks; i++) {
        struct trace_chunk chunk;
        memcpy(&chunk, reader->file + at, sizeof chunk);
        at += sizeof chunk;
        size_t length = ZSTD_decompressDCtx(context, columns, TRACE_CHUNK_BYTES_MAX,
                                            reader->file + at, chunk.bytes);
        if (ZSTD_isError(length) ||
            trace_chunk_decode(&chunk, columns, length, trace->time_unit_ns,
                               trace->records, trace->count) < 0) {
            trace_fault_set(reader->fault,
                            "%s: chunk %zu (from record %llu) is damaged: %s",
                            reader->path, i, (unsigned long long)chunk.order,
                            ZSTD_isError(length) ? ZSTD_getErrorName(length)
                                                 : "its columns do not fit together");
            return -EINVAL;
        }
        at += chunk.bytes;
    }
    return 0;
}

static int decode(const struct reader *reader, struct trace *trace) {
    size_t workspace = ZSTD_estimateDCtxSize();
    unsigned char *memory = trace_map(workspace + TRACE_CHUNK_BYTES_MAX);
    if (!memory) {
        trace_fault_set(reader->fault, "out of memory while reading %s", reader->path);
        return -ENOMEM;
    }
    ZSTD_DCtx *context = ZSTD_initStaticDCtx(memory, workspace);
    int error = decode_with(reader, trace, context, memory + workspace);
    trace_unmap(memory, workspace + TRACE_CHUNK_BYTES_MAX);
    return error;
}

/* Counts the records before the first lost one, which is a fault in a finished trace. */
static int cut_at_gap(const struct reader *reader, struct trace *trace,
                      size_t *ret_usable) {
    size_t usable = 0;
    while (usable < trace->count && trace->records[usable].op)
        usable++;
    if (reader->has_end && usable < trace->count) {
        trace_fault_set(reader->fault, "%s: record %zu is missing", reader->path, usable);
        return -EINVAL;
    }
    *ret_usable = usable;
    return 0;
}

/* Takes the numbers of objects and threads from the end chunk, or else counts them. */
static void count_numbers(const struct reader *reader, struct trace *trace) {
    trace->objects = reader->has_end ? reader->last.records : 0;
    trace->threads = reader->has_end ? reader->last.thread : 0;
    for (size_t i = 0; !reader->has_end && i < trace->count; i++) {
        const struct trace_record *record = &trace->records[i];
        if (record->object >= trace->objects && record->object < TRACE_OBJECTS_MAX)
            trace->objects = record->object + 1;
        if (record->thread >= trace->threads)
            trace->threads = record->thread + 1u;
    }
}

static int read_records(struct reader *reader, struct trace *trace,
                        const struct trace_head *head) {
    size_t usable = 0;
    trace->sample = head->sample;
    trace->time_unit_ns = head->time_unit_ns;
    trace->is_complete = reader->has_end;
    int error = decode(reader, trace);
    if (!error)
        error = cut_at_gap(reader, trace, &usable);
    if (error)
        return error;
    trace->count = usable;
    count_numbers(reader, trace);
    return trace_check(trace, reader->path, reader->fault);
}

int trace_read(const char *path, enum trace_need need, struct trace *ret,
               struct trace_fault *fault) {
    struct reader reader = {.path = path, .fault = fault};
    struct trace_head head;
    struct trace trace;
    int error = map_file(&reader);
    if (error)
        return error;
    error = check_head(&reader, &head);
    if (!error)
        error = scan(&reader);
    if (!error)
        error = check_end(&reader, need);
    if (!error && (error = trace_allocate(&trace, reader.records)) < 0)
        trace_fault_set(fault, "out of memory for the %zu records of %s", reader.records,
                        path);
    else if (!error && (error = read_records(&reader, &trace, &head)) < 0)
        trace_free(&trace);
    munmap((void *)reader.file, reader.length);
    if (!error)
        *ret = trace;
    return error;
}
