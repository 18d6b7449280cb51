#ifndef TIDEMARK_HARNESS_PROCTREE_H
#define TIDEMARK_HARNESS_PROCTREE_H

#include <stddef.h>
#include <sys/types.h>

struct reason;

enum { PROCTREE_MAX = 256 };

/*
 * Lists `root` and all of its living descendants, root first, into `pids` (PROCTREE_MAX
 * entries). A descendant that ends while the list is made is left out; a root that cannot
 * be read, or a tree that is too large, is an error (-errno).
 */
int proctree_list(pid_t root, pid_t *pids, size_t *ret_count, struct reason *reason);

#endif
