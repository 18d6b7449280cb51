/* Word arrays of slabs, out of line: 16 bytes for a slab of large blocks, 1 KiB for one
 * of 16-byte blocks. */
#ifndef EBB_META_H
#define EBB_META_H

#include "types.h"

enum {
    META_PAGE_SIZE = 4096,
    /* Slices per page of words when every slab has the longest array. */
    SLICES_PER_META_PAGE = META_PAGE_SIZE / (64 * sizeof(struct word)),
};

/* Makes enough pages usable for the words of so many slabs of any class, if each page is
 * full. Without this, a heap that large blocks have grown to a limit would have no room
 * left for the words of small ones. The caller may hold the slice lock. False when out of
 * memory. */
bool meta_commit_for(size_t slices);

/* 2^order words, contents undefined; NULL when out of memory. The memory stays mapped
 * for ever, so a stale pointer to a freed array may still be read. */
struct word *meta_alloc(unsigned order);
void meta_free(struct word *words, unsigned order);

/* Gives back the memory of pages without arrays. Returns bytes. */
size_t meta_discard(void);

/* Repairs this module's state in the child of a fork (process.h). */
void meta_recover(void);

#ifdef EBB_SIMULATION
/* Whether each page's count and list agree with its bits. While nobody allocates. */
bool meta_is_valid(void);
#endif

/* Bytes of word pages in use or not yet given back. */
size_t meta_bytes(void);

#endif
