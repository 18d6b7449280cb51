#ifndef TIDEMARK_HARNESS_CLASSIFY_H
#define TIDEMARK_HARNESS_CLASSIFY_H

#include "attribution.h"
#include "mappings.h"
#include "ranges.h"

/* What classify() knows about a process, apart from the mapping itself. */
struct classify_context {
    const struct mappings *mappings;
    const struct ranges *formerly;  /* addresses that were executable at some time */
    const uint64_t *stack_pointers; /* of the blocked threads */
    size_t stack_pointer_count;
    bool is_go; /* Go's toolchain made the program */
    /* whether a mapped file lives in memory, such as a memfd */
    bool (*is_memory_file)(const struct mapping *mapping, void *context);
    void *context; /* passed to is_memory_file() */
    /* classify_begin() finds the rest in the mappings: */
    bool has_libc;         /* a C library is mapped */
    const char *allocator; /* base name of a known allocator's library; NULL: none */
    const char *runtime;   /* base name of a runtime that reserves its heap as allocators
                              do, with MAP_NORESERVE; NULL: none */
    char reserved[ATTRIBUTION_NAME_MAX]; /* the part for reserved memory of neither */
    struct ranges ebb;                   /* the heaps of ebb; owned */
};

void classify_begin(struct classify_context *context);
void classify_finish(struct classify_context *context);

/* The part for memory that was executable at some time, and is not now. */
#define CLASSIFY_FORMER_CODE "executable earlier"

struct classified {
    enum attribution_class group;
    const char *part; /* its name; valid as long as the context */
};

/* The class of mapping `index`, and its part. If only a part of the mapping was
 * executable, the result is for the rest of it. */
struct classified classify(const struct classify_context *context, size_t index);

#endif
