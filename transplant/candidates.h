#ifndef TIDEMARK_TRANSPLANT_CANDIDATES_H
#define TIDEMARK_TRANSPLANT_CANDIDATES_H

#include "functions.h"

struct elfimage;

/*
 * Finds functions that may belong to a mimalloc without Rust shims (shims.h), because the
 * compiler has inlined the shims into their callers. mimalloc is C and is compiled into
 * one object. So its functions lie side by side, next to the code that takes the
 * addresses of its texts ("mimalloc: error: "). Others call them through relocated slots,
 * or directly from far away. To learn what each function does, behaviour.h tries it.
 */

/*
 * Finds the functions near mimalloc's code that others call, those with most calls first.
 * None has a kind yet. -ENOENT, with `ret_why` untouched, if no mimalloc is in the file.
 * With `ret_why` (a constant text): -EINVAL if nothing calls it, -ENOMEM.
 */
int candidates_find(const struct elfimage *image, struct functions *ret,
                    const char **ret_why);

/*
 * Counts the places far from the allocator that call its internal functions: those that
 * the `found` functions call in turn. If the compiler has inlined the allocator's fast
 * paths into their callers, hundreds of places call the slow ones. Otherwise some 10
 * places only look like such calls (CANDIDATES_INLINED_MIN). -errno.
 */
enum { CANDIDATES_INLINED_MIN = 32 };

int candidates_inlined(const struct elfimage *image, const struct functions *found,
                       unsigned *ret);

#endif
