#ifndef TIDEMARK_HARNESS_PROCTREE_H
#define TIDEMARK_HARNESS_PROCTREE_H

#include <stddef.h>
#include <sys/types.h>

struct reason;

enum { PROCTREE_MAX = 256 };

/*
 * Lists `root` and all of its living descendants, root first, into `pids` (PROCTREE_MAX
 * entries). A descendant that ends meanwhile stays without its children. -errno with
 * `reason` if the children of another process cannot be listed, or if the root has ended.
 * -E2BIG if the tree is too large.
 */
int proctree_list(pid_t root, pid_t *pids, size_t *ret_count, struct reason *reason);

#endif
