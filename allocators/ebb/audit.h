/* The whole heap against its invariants. In the checked build only. */
#ifndef EBB_AUDIT_H
#define EBB_AUDIT_H

#include <stdbool.h>

#ifdef EBB_DEBUG

/* Before each call: one that finds its thread inside the allocator came from a signal
 * handler. */
void audit_enter(void);

/* used + free + cold + cached == capacity for every class, and every word valid. The
 * caller sees to it that nobody allocates meanwhile. Exported for the tests. */
__attribute__((visibility("default"))) bool ebb_heap_is_valid(void);

/* In the child of a fork (process.h): blocks that were in the hands of threads that it
 * doesn't have are lost, and from now on the sum may fall short. */
void audit_recover(void);

#else

static inline void audit_enter(void) {
}
static inline void audit_recover(void) {
}

#endif
#endif
