#ifndef TIDEMARK_TRANSPLANT_CANDIDATES_H
#define TIDEMARK_TRANSPLANT_CANDIDATES_H

#include "functions.h"

struct elfimage;

/*
 * Finds what may be the functions of a mimalloc whose Rust shims (shims.h) the compiler
 * has dissolved into their callers. mimalloc is C, compiled by itself into one object, so
 * its functions lie side by side, next to the code that takes the addresses of its texts
 * ("mimalloc: error: "). Others call them through relocated slots, or directly from far
 * away. What each of them does is told by trying it (behaviour.h).
 */

/*
 * The functions near mimalloc's code that others call, the ones with most calls first;
 * none has a kind yet. With `ret_why` (a constant text): -ENOENT where no mimalloc is in
 * the file, -EINVAL where it is, but nothing calls it, -ENOMEM.
 */
int candidates_find(const struct elfimage *image, struct functions *ret,
                    const char **ret_why);

/*
 * How many places far from the allocator call functions of its inside: those that the
 * `found` functions call in turn. Where the compiler has inlined the allocator's fast
 * paths into their callers, the slow ones are called from there, from hundreds of places;
 * elsewhere some 10 bytes only look like such calls (CANDIDATES_INLINED_MIN). -errno.
 */
enum { CANDIDATES_INLINED_MIN = 32 };

int candidates_inlined(const struct elfimage *image, const struct functions *found,
                       unsigned *ret);

#endif
