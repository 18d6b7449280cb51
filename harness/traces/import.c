#include "import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "reason.h"
#include "trace.h"

struct plain_record {
    uint32_t object, size, time, meta;
};

/* The operation of a record; 0, which trace_check() refuses, if it is unknown. */
static enum trace_op op_of(uint32_t meta) {
    static const enum trace_op ops[] = {[1] = TRACE_MALLOC,
                                        [2] = TRACE_FREE,
                                        [4] = TRACE_REALLOC,
                                        [5] = TRACE_CALLOC,
                                        [6] = TRACE_ALIGNED};
    uint32_t op = meta & 0xff;
    return op < sizeof ops / sizeof ops[0] ? ops[op] : 0;
}

static struct trace_record convert(const struct plain_record *plain, uint32_t unit_ns) {
    enum trace_op op = op_of(plain->meta);
    return (struct trace_record){.time_ns = (uint64_t)plain->time * unit_ns,
                                 .object = plain->object,
                                 .size = op == TRACE_FREE ? 0 : plain->size,
                                 .thread = (uint16_t)(plain->meta >> 16),
                                 .op = (uint8_t)op,
                                 .align_log2 = plain->meta >> 8 & 0xff};
}

/* Converts all records, inserts the idle record, and counts objects and threads. */
static void fill(struct trace *trace, const char *bytes, size_t count,
                 const struct import_facts *facts) {
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        struct plain_record plain;
        memcpy(&plain, bytes + i * sizeof plain, sizeof plain);
        struct trace_record record = convert(&plain, facts->time_unit_ns);
        if (facts->idle_before && i == facts->idle_before)
            trace->records[n++] = (struct trace_record){
                .time_ns = record.time_ns, .thread = record.thread, .op = TRACE_IDLE};
        trace->records[n++] = record;
        if (record.object >= trace->objects && record.object < UINT32_MAX)
            trace->objects = record.object + 1;
        if (record.thread >= trace->threads)
            trace->threads = record.thread + 1u;
    }
    trace->count = n;
}

int import_plain(const char *path, const struct import_facts *facts, struct trace *ret,
                 struct reason *reason) {
    char *bytes;
    size_t length;
    int error = file_read(path, &bytes, &length);
    if (error) {
        reason_set(reason, "cannot read %s: %s", path, strerror(-error));
        return error;
    }
    size_t count = length / sizeof(struct plain_record);
    if (count == 0 || length % sizeof(struct plain_record)) {
        reason_set(reason,
                   "%s is not a plain recording: its %zu bytes do not divide into "
                   "records of %zu bytes",
                   path, length, sizeof(struct plain_record));
        error = -EINVAL;
    } else if (facts->idle_before >= count) {
        reason_set(reason, "%s has no record %zu; its last is record %zu", path,
                   facts->idle_before, count - 1);
        error = -EINVAL;
    } else if ((error = trace_allocate(ret, count + 1)) < 0) {
        reason_set(reason, "out of memory for the %zu records of %s", count, path);
    } else {
        struct trace_fault fault;
        ret->sample = facts->sample;
        ret->time_unit_ns = facts->time_unit_ns;
        fill(ret, bytes, count, facts);
        error = trace_check(ret, path, &fault);
        if (error) {
            reason_set(reason, "%s", fault.text);
            trace_free(ret);
        }
    }
    free(bytes);
    return error;
}
