/* What a debug build does at every call: a bit per block that says whether the program
 * holds it, and a pattern over freed memory. Called inside the gate, so that a fork finds
 * the bits in step with the caches. And what it does at the steps of the protocols: pause
 * now and then. All of it empty in release builds. */
#ifndef EBB_DEBUG_H
#define EBB_DEBUG_H

#include "types.h"

/* For debug_delay(): steps that every call takes, and those of takeovers and sweeps. */
enum { DELAY_SELDOM = 1024, DELAY_OFTEN = 4 };

#ifdef EBB_DEBUG

enum { POISON = 0xdb };

void debug_enter(void);
void debug_alloc(unsigned class, void *block); /* block may be NULL */
void debug_free(unsigned class, void *block);

/* Between two steps of a protocol that another thread may come between: one time in
 * `one_in` (a power of two) a pause of up to EBB_DEBUG_DELAY_US microseconds. None where
 * that is not set. */
void debug_delay(unsigned one_in);

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
static inline void debug_delay(unsigned one_in) {
    (void)one_in;
}

#endif
#endif
