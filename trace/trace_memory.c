/* What the parts of the trace library share: memory, all of it from mmap(), and texts. */
#include "trace_format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

void *trace_map(size_t bytes) {
    void *memory = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void trace_unmap(void *memory, size_t bytes) {
    if (memory)
        munmap(memory, bytes ? bytes : 1);
}

int trace_allocate(struct trace *ret, size_t count) {
    struct trace_record *records = trace_map(count * sizeof *records);
    if (!records)
        return -ENOMEM;
    *ret = (struct trace){.records = records,
                          .count = count,
                          .mapped = count,
                          .sample = 1,
                          .time_unit_ns = 1,
                          .is_complete = 1};
    return 0;
}

void trace_free(struct trace *trace) {
    trace_unmap(trace->records, trace->mapped * sizeof *trace->records);
    *trace = (struct trace){0};
}

const char *trace_op_name(enum trace_op op) {
    static const char *const names[TRACE_OPS] = {
        [TRACE_MALLOC] = "malloc",   [TRACE_FREE] = "free",
        [TRACE_REALLOC] = "realloc", [TRACE_CALLOC] = "calloc",
        [TRACE_ALIGNED] = "aligned", [TRACE_IDLE] = "idle"};
    return op < TRACE_OPS && names[op] ? names[op] : "unknown";
}

void trace_fault_set(struct trace_fault *fault, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
}
