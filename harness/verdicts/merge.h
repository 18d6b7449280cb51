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
 * -EINVAL with `reason` where the results are not shards of one plan, where one is there
 * twice, or where workloads or libraries differ. A shard that is missing is told in
 * `ret_missing` (as text, "" for none) and makes the result incomplete. The caller owns
 * the reference.
 */
int merge_results(struct result *shards, size_t count, json_t **ret_root,
                  char *ret_missing, size_t size, struct reason *reason);

#endif
