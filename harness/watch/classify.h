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
    bool is_go;               /* the program is made by Go's toolchain */
    const char *allocator;    /* base name of a known allocator's library; NULL: none */
    const struct ranges *ebb; /* its heaps, as classify_find_ebb() finds them; or NULL */
    const char *runtime;      /* of one that reserves its heap without swap; NULL: none */
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

/*
 * Adds the heaps of ebb, which may be linked into anything. Each is one reservation that
 * begins at a multiple of 4 MiB with a map of a byte for each 64 KiB of it. The map can
 * be read, and not written to at its start; what follows it cannot be read at its start.
 * So what can be read there is just a 65536th of what is reserved. This does not hold for
 * reservations below 16 GiB, which ebb makes where it is told to or under RLIMIT_AS.
 * -ENOMEM.
 */
int classify_find_ebb(const struct mappings *mappings, struct ranges *ret);

/* The program or library among them that reserves its heap as allocators do; NULL. */
const char *classify_find_runtime(const struct mappings *mappings);

#endif
