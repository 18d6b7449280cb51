#ifndef TIDEMARK_TRANSPLANT_REPLACEMENT_H
#define TIDEMARK_TRANSPLANT_REPLACEMENT_H

#include "functions.h"

/* What stands for an allocator's function of this kind, and calls malloc; NULL for
 * KIND_NONE. */
const void *replacement_of(enum kind kind);

/*
 * `tell` is called with the owner (own.h) for each block of a copy's own allocator that
 * is to be freed or moved. Such a block is left alone, and copied, but never given to
 * malloc's free.
 */
void replacement_begin(void (*tell)(void *owner));

#endif
