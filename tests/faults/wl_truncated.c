/* truncated: it exits with status 0, but without a result. */
#include "common.h"

#include <unistd.h>

static void build(const struct run *run) {
    common_build(run);
    _exit(0);
}

COMMON_WORKLOAD(truncated, build);
