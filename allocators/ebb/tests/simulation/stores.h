/* Stores that other threads don't see yet, as processors have them. */
#ifndef EBB_SIMULATION_STORES_H
#define EBB_SIMULATION_STORES_H

#include <stdint.h>

enum { STORES_MAX = 6 };

struct pending {
    volatile void *at;
    unsigned size;
    uint64_t value;
};

/* A thread's, oldest first. */
struct stores {
    struct pending pending[STORES_MAX];
    unsigned count;
};

/* All of them become visible. */
void stores_drain(struct stores *stores);

#endif
