#ifndef TIDEMARK_TRANSPLANT_REPLACEMENT_H
#define TIDEMARK_TRANSPLANT_REPLACEMENT_H

#include "functions.h"

/* Overwrites the functions in the bytes of a file with jumps to their replacements, which
 * call malloc. Functions whose kind has no replacement stay. */
void replacement_patch(unsigned char *file, const struct functions *functions);

/*
 * Defined by the user of this file. Is called with the owner (own.h) for each block of a
 * copy's own allocator that is to be freed or moved. Such a block is never given to
 * malloc's free. To move it, its contents are copied into a new block.
 */
void replacement_tell_foreign(void *owner);

#endif
