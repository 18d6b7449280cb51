#ifndef TIDEMARK_HARNESS_MERGE_H
#define TIDEMARK_HARNESS_MERGE_H

#include <jansson.h>
#include <stddef.h>

struct reason;
struct result;

/*
 * Puts the shards of one run together: the result is what the unsharded run would have
 * left, with the environment of each machine beside it (`machines`). A fact that differs
 * between machines is told as all its values in `environment`.
 *
 * -EINVAL with `reason` if the results are not shards of one plan, if one is given twice,
 * or if workloads or libraries differ. `ret_missing` names missing shards (as text; ""
 * for none); they make the result incomplete. The caller owns the reference.
 */
int merge_results(struct result *shards, size_t count, json_t **ret_root,
                  char *ret_missing, size_t size, struct reason *reason);

#endif
