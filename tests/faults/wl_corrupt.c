/* corrupt: something writes into a block that it does not own. */
#include "common.h"

#include "block.h"

static struct block victim;

static void build(const struct run *run) {
    common_build(run);
    block_alloc(&victim, 200, 5);
    ((char *)victim.memory)[0] ^= 1;
    block_free(&victim);
}

COMMON_WORKLOAD(corrupt, build);
