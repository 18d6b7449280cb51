#ifndef TIDEMARK_WORKLOADS_COLLECT_H
#define TIDEMARK_WORKLOADS_COLLECT_H

/*
 * The allocator's own "give it back" call, and which allocator this is. Everything is
 * looked up by collect_setup(), since the look-up itself may allocate.
 */
void collect_setup(void);

/* The call's name in the protocol: `none` where this allocator has none that is known. */
const char *collect_name(void);

/* The shared object that malloc comes from. */
const char *collect_malloc_path(void);

/* Makes the call, from this thread. */
void collect(void);

#endif
