#ifndef TIDEMARK_WORKLOADS_COLLECT_H
#define TIDEMARK_WORKLOADS_COLLECT_H

/*
 * The allocator's own call to give memory back, and the file that malloc comes from.
 * collect_setup() looks up both, because a look-up may allocate. Call it first.
 */
void collect_setup(void);

/* The call's name in the protocol. `none` if no such call is known. */
const char *collect_name(void);

/* The path of the shared object that malloc comes from; "unknown" if dladdr() fails. */
const char *collect_malloc_path(void);

/* Makes the call on this thread. Does nothing if there is none. */
void collect(void);

#endif
