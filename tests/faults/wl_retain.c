/* retain: the program's own cache keeps PLANTED_MIB that nobody needs. */
#include "common.h"

#include "memory.h"
#include "planted.h"

static void build(const struct run *run) {
    common_build(run);
    if (planted("PLANTED_MIB"))
        memory_map((size_t)planted("PLANTED_MIB") << 20);
}

COMMON_WORKLOAD(retain, build);
