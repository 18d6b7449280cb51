/* The blocks that the program of a run holds, and what their bytes have to be. */
#ifndef EBB_SIMULATION_BLOCK_H
#define EBB_SIMULATION_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan.h"

enum block_state {
    BLOCK_NONE,
    BLOCK_BUSY, /* some thread is about to make, resize or free it */
    BLOCK_LIVE,
};

/* A block is cut into up to 64 parts. A part that was written holds a pattern of `seed`;
 * the others are zero if `zeroed`, and anything if not. */
struct block {
    enum block_state state;
    unsigned holder; /* the thread that is busy with it */
    unsigned char *data;
    size_t size, usable;
    uint64_t seed, written;
    bool zeroed;
};

extern struct block block_slots[PLAN_SLOTS];
extern bool blocks_lost; /* some were in the hands of threads that a fork left behind */

/* A new block of the program's: becomes live. Overlaps no other, and is zero if zeroed.
 */
void block_adopt(struct block *block, void *data, size_t size, size_t usable, bool zeroed,
                 uint64_t seed);
void block_write(struct block *block, enum touch touch, uint64_t seed);
/* Its first bytes are what they have to be. */
void block_verify(const struct block *block, size_t bytes);

/* First byte of [at, at + size) that is not zero; NULL: all are. Doesn't touch pages that
 * hold no memory if there is more than one. */
const void *first_nonzero(const void *at, size_t size);

#endif
