#ifndef TIDEMARK_HARNESS_PLACEMENT_H
#define TIDEMARK_HARNESS_PLACEMENT_H

#include <stdint.h>

/*
 * A model of where a trace's objects would lie. With it, the survivors of traces can be
 * compared without the peculiarities of a real allocator.
 *
 * Objects of up to 32 KiB lie in slabs of 64 KiB by size class: classes are 16 bytes
 * apart up to 128 bytes, then four per doubling. Modern allocators do much the same.
 * Larger objects lie in runs of 64 KiB slices. An object always gets the lowest free
 * place. Threads are ignored. So the model packs better than a real allocator with caches
 * for each thread.
 */
struct placement;

/* A model for objects with numbers below `objects`. */
struct placement *placement_create(uint32_t objects);
void placement_destroy(struct placement *placement);

/* Gives an object a place; it must not have one. 0, or -EFBIG if the model's 16 GiB are
 * full. */
int placement_put(struct placement *placement, uint32_t object, uint32_t size);

/* Frees an object's place; it must have one. */
void placement_take(struct placement *placement, uint32_t object);

/* Changes an object's size. It keeps its place if its class, or its number of slices,
 * stays the same. 0, or -EFBIG as above; then it has no place. */
int placement_resize(struct placement *placement, uint32_t object, uint32_t size);

/* Counts the pages of 4 KiB << `shift` that hold a byte of an object. */
uint64_t placement_pages(const struct placement *placement, unsigned shift);

#endif
