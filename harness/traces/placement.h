#ifndef TIDEMARK_HARNESS_PLACEMENT_H
#define TIDEMARK_HARNESS_PLACEMENT_H

#include <stdint.h>

/*
 * A model of where a trace's objects would lie. By it, survivors can be compared between
 * traces without an allocator's peculiarities. Size classes (16-byte steps to 128, then
 * four a doubling, to 32 KiB) in slabs of 64 KiB, as in every modern allocator; above,
 * runs of 64 KiB. Always the lowest free place; threads are ignored. So it packs better
 * than a real allocator with caches by thread.
 */
struct placement;

/* For objects with numbers below `objects`. NULL where memory lacks. */
struct placement *placement_create(uint32_t objects);
void placement_destroy(struct placement *placement);

/* A place for an object that has none. -ENOMEM where the model's 16 GiB are full. */
int placement_put(struct placement *placement, uint32_t object, uint32_t size);

/* Gives up the object's place. */
void placement_take(struct placement *placement, uint32_t object);

/* Another size: the place stays if its class does. -ENOMEM as above. */
int placement_resize(struct placement *placement, uint32_t object, uint32_t size);

/* How many pages of 4 KiB << shift hold a byte of an object that has a place. */
uint64_t placement_pages(const struct placement *placement, unsigned shift);

#endif
