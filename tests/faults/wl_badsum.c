/* badsum: its checksum depends on where the allocator put a block. */
#include "common.h"

#include <stdlib.h>

#include "heap.h"

static void build(const struct run *run) {
    common_build(run);
    void *block = malloc(100);
    heap_own->checksum += (uintptr_t)block;
    free(block);
}

COMMON_WORKLOAD(badsum, build);
