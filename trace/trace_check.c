/* Checks every record: its numbers must be in range, and its object live or not, as the
 * operation needs it. */
#include "trace_format.h"

#include <errno.h>

/* `live` has one bit for each object. */
static int is_live(const uint64_t *live, uint32_t object) {
    return live[object / 64] >> object % 64 & 1;
}

/* What is wrong with the record at its place; NULL if it is sound. */
static const char *fault_of(const struct trace *trace, const struct trace_record *record,
                            const uint64_t *live) {
    if (record->op == 0 || record->op >= TRACE_OPS)
        return "its operation is unknown";
    if (record->thread >= trace->threads)
        return "its thread's number is too large";
    if (record->op == TRACE_IDLE) /* readers use any object's number as an index */
        return record->object ? "it names an object" : NULL;
    if (record->object >= trace->objects)
        return "its object's number is too large";
    if (record->align_log2 > TRACE_ALIGN_MAX)
        return "its alignment is too large";
    if (trace_op_allocates(record->op))
        return is_live(live, record->object) ? "the object is live already" : NULL;
    return is_live(live, record->object) ? NULL : "the object is not live";
}

static int check_with(const struct trace *trace, const char *name, uint64_t *live,
                      struct trace_fault *fault) {
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_record *record = &trace->records[i];
        const char *why = fault_of(trace, record, live);
        if (why) {
            trace_fault_set(fault, "%s: record %zu (%s of object %u by thread %u): %s",
                            name, i, trace_op_name(record->op), record->object,
                            record->thread, why);
            return -EINVAL;
        }
        if (trace_op_allocates(record->op) || record->op == TRACE_FREE)
            live[record->object / 64] ^= UINT64_C(1) << record->object % 64;
    }
    return 0;
}

int trace_check(const struct trace *trace, const char *name, struct trace_fault *fault) {
    if (trace->objects > TRACE_OBJECTS_MAX || trace->threads > TRACE_THREADS_MAX) {
        trace_fault_set(fault, "%s: %u objects and %u threads are too many", name,
                        trace->objects, trace->threads);
        return -EINVAL;
    }
    size_t bytes = ((size_t)trace->objects / 64 + 1) * sizeof(uint64_t);
    uint64_t *live = trace_map(bytes);
    if (!live) {
        trace_fault_set(fault, "%s: out of memory for %u objects", name, trace->objects);
        return -ENOMEM;
    }
    int error = check_with(trace, name, live, fault);
    trace_unmap(live, bytes);
    return error;
}
