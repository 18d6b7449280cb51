/* garbage: a line on the report that is none. */
#include "common.h"

#include "say.h"

static void build(const struct run *run) {
    common_build(run);
    say("Segmentation fault? No, just chatting");
}

COMMON_WORKLOAD(garbage, build);
