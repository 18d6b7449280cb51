#ifndef TIDEMARK_HARNESS_GUARDCOLLECT_H
#define TIDEMARK_HARNESS_GUARDCOLLECT_H

struct reason;

/*
 * A scenario's "collect": "node": every Node.js process of it collects its garbage when
 * it falls idle. Left alone, V8 does so after 8 to 30 seconds in some runs and never in
 * others, and what it then gives back can be half of the process: rounds of the same
 * program differ by more than any change that is looked for.
 *
 * The program gets a module by NODE_OPTIONS. Within each second it looks at the process'
 * own CPU time; in the first idle second after a busy one it collects, once.
 */
#define GUARD_COLLECT_NODE "node"

/*
 * Writes the module into `folder`; `ret_envp` is the environment of now with the
 * variable, and `ret_variable` the text of it: both are the caller's to free, and both
 * are NULL on failure. -errno with `reason`.
 */
int guardcollect_begin(const char *folder, char ***ret_envp, char **ret_variable,
                       struct reason *reason);

#endif
