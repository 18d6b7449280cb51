/*
 * percent: the control's work 400 times over, with PLANTED_WORK percent more of it, and
 * PLANTED_KIB that nobody needs kept after it. Small effects of a known size, for the
 * experiment of scripts/verify-verdicts.sh.
 */
#include "common.h"

#include "heap.h"
#include "memory.h"
#include "planted.h"

enum { REPEATS = 400 };

static void work(const struct run *run, long repeats) {
    for (long i = 0; i < repeats; i++)
        common_build(run);
}

/* The extra work is no part of what is checked: it would be another workload. */
static void build(const struct run *run) {
    work(run, REPEATS);
    uint64_t checksum = heap_own->checksum;
    work(run, REPEATS * planted("PLANTED_WORK") / 100);
    heap_own->checksum = checksum;
    if (planted("PLANTED_KIB"))
        memory_map((size_t)planted("PLANTED_KIB") << 10);
}

COMMON_WORKLOAD(percent, build);
