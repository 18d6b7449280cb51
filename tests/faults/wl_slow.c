/* slow: the work of `sound`, then PLANTED_MS of computing. */
#include "common.h"

#include <time.h>

#include "planted.h"

static long cpu_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void build(const struct run *run) {
    common_build(run);
    for (long end = cpu_ms() + planted("PLANTED_MS"); cpu_ms() < end;)
        ;
}

COMMON_WORKLOAD(slow, build);
