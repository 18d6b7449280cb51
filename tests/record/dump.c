/* dump TRACE: prints every record as a line "thread operation object size alignment"; an
 * alignment of 0 is malloc's own. */
#include <stdio.h>

#include "trace.h"

int main(int argc, char **argv) {
    struct trace trace;
    struct trace_fault fault;
    if (argc != 2 || trace_read(argv[1], TRACE_WHOLE, &trace, &fault) < 0) {
        fprintf(stderr, "dump: %s\n", argc == 2 ? fault.text : "name one trace");
        return 1;
    }
    for (size_t i = 0; i < trace.count; i++) {
        const struct trace_record *record = &trace.records[i];
        printf("%u %s %u %u %u\n", record->thread, trace_op_name(record->op),
               record->object, record->size,
               record->align_log2 ? 1u << record->align_log2 : 0);
    }
    trace_free(&trace);
    return 0;
}
