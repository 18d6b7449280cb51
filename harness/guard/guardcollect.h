#ifndef TIDEMARK_HARNESS_GUARDCOLLECT_H
#define TIDEMARK_HARNESS_GUARDCOLLECT_H

struct reason;

/*
 * Implements "collect": "node" of a scenario: each of its Node.js processes collects its
 * garbage when it becomes idle. By itself, V8 does so after 8 to 30 seconds in some runs
 * and never in others. A collection can free half of the process's memory. So without
 * "collect", rounds of one program differ by more than any change we want to see.
 *
 * NODE_OPTIONS makes each process load a module. Once a second, the module looks at the
 * CPU time of its process. It collects in the first idle second after the start, and in
 * the first idle second after a busy one.
 */
#define GUARD_COLLECT_NODE "node"

/* Writes the module into `folder`. `ret_envp` is the driver's environment with
 * NODE_OPTIONS, for as long as the program runs. -errno with `reason`. */
int guardcollect_begin(const char *folder, char ***ret_envp, struct reason *reason);

#endif
