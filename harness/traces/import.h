#ifndef TIDEMARK_HARNESS_IMPORT_H
#define TIDEMARK_HARNESS_IMPORT_H

#include <stddef.h>
#include <stdint.h>

struct reason;
struct trace;

/* Facts about a plain recording that the file does not contain. */
struct import_facts {
    uint32_t time_unit_ns; /* the unit of its times */
    uint32_t sample;       /* one object in this many was recorded */
    size_t idle_before;    /* the program went idle before this record; 0: unknown */
};

/*
 * Makes a trace of a plain recording. A record there has 16 bytes: four little-endian
 * u32, which are object, size, time, and operation | log2 of alignment << 8 | thread
 * << 16. The operations are 1 malloc, 2 free, 4 realloc, 5 calloc, 6 aligned. 0, or
 * -errno with `reason`. The caller frees the trace.
 */
int import_plain(const char *path, const struct import_facts *facts, struct trace *ret,
                 struct reason *reason);

#endif
