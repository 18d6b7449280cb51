/* What a debug build does at every call: a bit per block that says whether the program
 * holds it, and a pattern over freed memory. Empty in release builds. Called inside the
 * gate, so that a fork finds the bits in step with the caches. */
#ifndef EBB_DEBUG_H
#define EBB_DEBUG_H

#include "types.h"

#ifdef EBB_DEBUG

enum { POISON = 0xdb };

void debug_enter(void);
void debug_alloc(unsigned class, void *block); /* block may be NULL */
void debug_free(unsigned class, void *block);

/* used + free + cold + cached == capacity for every class, and every word valid. The
 * caller sees to it that nobody allocates meanwhile. Exported for the tests. */
__attribute__((visibility("default"))) bool ebb_heap_is_valid(void);

#else

static inline void debug_enter(void) {
}
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
