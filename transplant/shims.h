#ifndef TIDEMARK_TRANSPLANT_SHIMS_H
#define TIDEMARK_TRANSPLANT_SHIMS_H

#include "functions.h"

struct elfimage;

/*
 * Finds the allocator in a stripped Rust library that has mimalloc linked in. Rust
 * reaches its global allocator through four shims that lie side by side. With mimalloc's
 * crate they are so short that their code identifies them (x86-64):
 *
 *     alloc         jmp *slot            mi_malloc_aligned(size, alignment)
 *     dealloc       jmp *slot            mi_free(block)
 *     realloc       mov %rcx,%rsi        mi_realloc_aligned(block, size, alignment)
 *                   jmp *slot
 *     alloc_zeroed  jmp *slot            mi_zalloc_aligned(size, alignment)
 *
 * The slots are relocated pointers to mimalloc's functions. The compiler also makes
 * direct calls, and calls through addresses that it took. All calls end in those
 * functions, so a transplant replaces the functions, not the slots.
 */

/*
 * Finds the four functions, in the order above and with their kinds. `image` is from
 * elfimage_open(). -ENOENT with `ret_why` (a constant text) if it has no such functions,
 * -EINVAL if they are not certain.
 */
int shims_find(const struct elfimage *image, struct functions *ret, const char **ret_why);

#endif
