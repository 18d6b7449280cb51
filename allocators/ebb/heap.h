/* Lays out the reservation, and makes more of it usable. */
#ifndef EBB_HEAP_H
#define EBB_HEAP_H

#include "types.h"

/* Alignment of the reservation, hence the largest alignment that a run can have. */
enum { HEAP_ALIGN = 4 << 20 };

/* Reserves and lays out; idempotent, any thread. 0 or -ENOMEM. */
int heap_init(void);

/* Makes at least count more slices usable: [old frontier, ret_frontier). Caller holds
 * the slice lock; takes that of meta. 0 or -ENOMEM. */
int heap_grow(size_t count, size_t *ret_frontier);

/* Whether every mapping counts against RLIMIT_AS. Then the heap should serve the blocks
 * for which no mapping of their own can be made. */
bool heap_is_in_pieces(void);

/* Bytes of address space that are taken. */
size_t heap_reserved_bytes(void);

/* Repairs the state in the child of a fork (process.h). There may be no heap yet. */
void heap_recover(void);

/* Bytes of descriptors for the usable slices. */
size_t heap_metadata_bytes(void);

#endif
