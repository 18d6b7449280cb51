/* The checked build does this at every call: it keeps a bit per block that says whether
 * the program holds it, and writes a pattern over freed memory. Callers are inside the
 * gate, so that the bits agree with the caches. The release build does nothing here. */
#ifndef EBB_DEBUG_H
#define EBB_DEBUG_H

#include "types.h"

#ifdef EBB_DEBUG

enum { POISON = 0xdb };

void debug_alloc(unsigned class, void *block); /* block may be NULL */
void debug_free(unsigned class, void *block);

#else

static inline void debug_alloc(unsigned class, void *block) {
    (void)class;
    (void)block;
}
static inline void debug_free(unsigned class, void *block) {
    (void)class;
    (void)block;
}

#endif
#endif
