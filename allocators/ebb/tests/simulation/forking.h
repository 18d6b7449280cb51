/* A real fork in the middle of a run. */
#ifndef EBB_SIMULATION_FORKING_H
#define EBB_SIMULATION_FORKING_H

#include <stdbool.h>

/* Forks by the running thread: the child goes on as that thread, without the others, to
 * another list of operations; the parent waits for it, and fails if it does. */
void fork_here(void);

/* The same between the handlers that ebb has registered. */
void fork_with_handlers(void);

/* In a child: who forked; THREADS_MAX elsewhere. */
extern unsigned fork_survivor;
/* In a child: no handlers ran. */
extern bool fork_was_bare;

#endif
