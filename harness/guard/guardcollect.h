#ifndef TIDEMARK_HARNESS_GUARDCOLLECT_H
#define TIDEMARK_HARNESS_GUARDCOLLECT_H

struct reason;

/*
 * Serves "collect": "node" of a scenario: every Node.js process of it collects its
 * garbage when it becomes idle. By itself, V8 does so after 8 to 30 seconds in some runs
 * and never in others. What it then gives back can be half of the process. So rounds of
 * one program would differ by more than any change that is looked for.
 *
 * NODE_OPTIONS gives the program a module. Each second the module looks at the CPU time
 * of its process. In the first idle second after a busy one it collects, once.
 */
#define GUARD_COLLECT_NODE "node"

/*
 * Writes the module into `folder`. `ret_envp` is the present environment with the
 * variable, `ret_variable` the text of the variable. The caller frees both; both are NULL
 * on failure. -errno with `reason`.
 */
int guardcollect_begin(const char *folder, char ***ret_envp, char **ret_variable,
                       struct reason *reason);

#endif
