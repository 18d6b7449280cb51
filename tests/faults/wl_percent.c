/*
 * percent: the control's work 400 times over, with PLANTED_WORK percent more of it, and
 * PLANTED_KIB that nobody needs kept after it. Small effects of a known size, for the
 * experiment of scripts/verify-verdicts.sh.
 */
#include "common.h"

#include "memory.h"
#include "planted.h"

enum { REPEATS = 400 };

static void build(const struct run *run) {
    long repeats = REPEATS + REPEATS * planted("PLANTED_WORK") / 100;
    for (long i = 0; i < repeats; i++)
        common_build(run);
    if (planted("PLANTED_KIB"))
        memory_map((size_t)planted("PLANTED_KIB") << 10);
}

COMMON_WORKLOAD(percent, build);
