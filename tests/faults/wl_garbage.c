/* garbage: a line on the report that is no line of the protocol. */
#include "common.h"

#include "say.h"

static void build(const struct run *run) {
    common_build(run);
    say("Segmentation fault? No, just chatting");
}

COMMON_WORKLOAD(garbage, build);
