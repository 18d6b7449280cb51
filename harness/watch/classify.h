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
    bool is_go;               /* Go's toolchain made the program */
    const char *allocator;    /* base name of a mapped allocator's library; NULL: none */
    const struct ranges *ebb; /* heaps that classify_find_ebb() found; or NULL */
    const char *runtime;      /* base name of a mapped runtime that reserves its heap with
                                 MAP_NORESERVE; NULL: none */
    /* whether a mapped file lives in memory, such as a memfd */
    bool (*is_memory_file)(const struct mapping *mapping, void *context);
    void *context; /* passed to is_memory_file() */
};

/* The part for memory that was executable at some time, and is not now. */
#define CLASSIFY_FORMER_CODE "executable earlier"

/*
 * The class of mapping `index`; the name of its part goes into `name`. If only a part of
 * the mapping was executable, the result is for the rest of it.
 */
enum attribution_class classify(const struct classify_context *context, size_t index,
                                char *name, size_t size);

/* The base name of a mapped library that is a known allocator; NULL: none. */
const char *classify_find_allocator(const struct mappings *mappings);

/*
 * Adds the heaps of ebb to `ret`; ebb may be linked into any file. Each heap is one
 * reservation that begins at a multiple of 4 MiB. It begins with a map, which has a byte
 * for each 64 KiB of the reservation. The map is readable, and its beginning is not
 * writable. The beginning of what follows the map is not readable. So the readable part
 * there is exactly a 65536th of the reservation. This does not find reservations below 16
 * GiB, which ebb makes if its settings say so, or under RLIMIT_AS. 0 or -ENOMEM.
 */
int classify_find_ebb(const struct mappings *mappings, struct ranges *ret);

/* The base name of a mapped program or library that is a runtime which reserves its heap
 * as allocators do; NULL: none. */
const char *classify_find_runtime(const struct mappings *mappings);

#endif
