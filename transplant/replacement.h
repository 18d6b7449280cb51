#ifndef TIDEMARK_TRANSPLANT_REPLACEMENT_H
#define TIDEMARK_TRANSPLANT_REPLACEMENT_H

#include "functions.h"

/* Has the functions of a file jump to what stands for them, and calls malloc. */
void replacement_patch(unsigned char *file, const struct functions *functions);

/*
 * `tell` is called with the owner (own.h) for each block of a copy's own allocator that
 * is to be freed or moved. Such a block is left alone, and copied, but never given to
 * malloc's free.
 */
void replacement_begin(void (*tell)(void *owner));

#endif
