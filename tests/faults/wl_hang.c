/* hang: work that never ends. */
#include "common.h"

#include <unistd.h>

static void build(const struct run *run) {
    common_build(run);
    for (;;)
        pause();
}

COMMON_WORKLOAD(hang, build);
