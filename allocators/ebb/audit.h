/* Checks the whole heap against its invariants. In the checked build only. */
#ifndef EBB_AUDIT_H
#define EBB_AUDIT_H

#include <stdbool.h>

#ifdef EBB_DEBUG

/* Runs before each call. A call that finds its thread inside the allocator came from a
 * signal handler, and faults. */
void audit_enter(void);

/* used + free + cold + cached == capacity for every class, and every word valid. The
 * caller makes sure that nobody allocates meanwhile. Exported for the tests. */
__attribute__((visibility("default"))) bool ebb_heap_is_valid(void);

/* In the child of a fork (process.h): blocks that threads of the parent held are lost, so
 * from now on the sum may fall short. */
void audit_recover(void);

#else

#ifdef EBB_COUNTING
#define audit_enter counting_call
#else
static inline void audit_enter(void) {
}
#endif
static inline void audit_recover(void) {
}

#endif
#endif
