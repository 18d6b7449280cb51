#ifndef TIDEMARK_HARNESS_CLASSIFY_H
#define TIDEMARK_HARNESS_CLASSIFY_H

#include "attribution.h"
#include "mappings.h"
#include "ranges.h"

/* What decides about a process's mappings, besides each one's own line. */
struct classify_context {
    const struct mappings *mappings;
    const struct ranges *formerly; /* executable at some time */
    const uint64_t *stack_pointers;
    size_t stack_pointer_count;
    bool is_go;            /* the program is made by Go's toolchain */
    const char *allocator; /* base name of a known allocator's library; NULL: none */
    const char *runtime;   /* of one that reserves its heap without swap; NULL: none */
    bool (*is_memory_file)(const struct mapping *mapping, void *context);
    void *context; /* for it */
};

/* The name of what was executable at some time, and is not now. */
#define CLASSIFY_FORMER_CODE "executable earlier"

/*
 * The class of mapping `index`, and the name of its part. Of a mapping that was
 * executable in part it is that of the rest.
 */
enum attribution_class classify(const struct classify_context *context, size_t index,
                                char *name, size_t size);

/* The library among the mappings that is known to be an allocator; NULL: none. */
const char *classify_find_allocator(const struct mappings *mappings);

/* The program or library among them that reserves its heap as allocators do; NULL. */
const char *classify_find_runtime(const struct mappings *mappings);

#endif
