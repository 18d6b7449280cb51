/* othersum: sound work, but PLANTED_SUM is added to the checksum. */
#include "common.h"

#include "heap.h"
#include "planted.h"

static void build(const struct run *run) {
    common_build(run);
    heap_own->checksum += (uint64_t)planted("PLANTED_SUM");
}

COMMON_WORKLOAD(othersum, build);
