/* leak: a block of 64 KiB that visit() does not show. */
#include "common.h"

#include "heap.h"

static void build(const struct run *run) {
    common_build(run);
    heap_alloc(65536, 1);
}

COMMON_WORKLOAD(leak, build);
