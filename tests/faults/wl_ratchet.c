/* ratchet: each build leaves PLANTED_MIB more behind. The build says the line `gap`
 * itself. */
#include "common.h"

#include <unistd.h>

#include "memory.h"
#include "planted.h"
#include "say.h"

static void build(const struct run *run) {
    common_build(run);
    if (planted("PLANTED_MIB"))
        memory_map((size_t)planted("PLANTED_MIB") << 20);
    usleep(20000);
    say_and_wait("gap n=%u idle=20 live=0 floor=0", run->build);
}

COMMON_WORKLOAD(ratchet, build);
