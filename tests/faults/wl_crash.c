/* crash: a signal ends the process in the middle of its work. */
#include "common.h"

#include <signal.h>

static void build(const struct run *run) {
    common_build(run);
    raise(SIGSEGV);
}

COMMON_WORKLOAD(crash, build);
