/* spike: holds 64 MiB for less time than passes between two samples. */
#include "common.h"

#include <stdlib.h>

static void build(const struct run *run) {
    enum { SPIKE = 64 << 20, PAGE = 4096 };
    volatile char *block = malloc(SPIKE); /* or the compiler removes all of it */
    for (size_t i = 0; block && i < SPIKE; i += PAGE)
        block[i] = 1;
    free((void *)block);
    common_build(run);
}

COMMON_WORKLOAD(spike, build);
