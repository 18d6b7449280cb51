/* What the checked build does at every call: a bit per block that says whether the
 * program holds it, and a pattern over freed memory. Called inside the gate, so that the
 * bits are in step with the caches. All of it empty in release builds. */
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
