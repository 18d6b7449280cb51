#ifndef TIDEMARK_HARNESS_IMPORT_H
#define TIDEMARK_HARNESS_IMPORT_H

#include <stddef.h>
#include <stdint.h>

struct reason;
struct trace;

/* What a plain recording does not say of itself. */
struct import_facts {
    uint32_t time_unit_ns; /* of its times */
    uint32_t sample;       /* one in so many objects was recorded */
    size_t idle_before;    /* the record before which the program went idle; 0: unknown */
};

/*
 * Makes a trace of a plain recording: 16 bytes a record, four little-endian u32: object,
 * size, time, operation | log2 of alignment << 8 | thread << 16, with the operations
 * 1 malloc, 2 free, 4 realloc, 5 calloc, 6 aligned. -errno on failure; the caller frees
 * the trace.
 */
int import_plain(const char *path, const struct import_facts *facts, struct trace *ret,
                 struct reason *reason);

#endif
