#ifndef TIDEMARK_HARNESS_MERGE_H
#define TIDEMARK_HARNESS_MERGE_H

#include <jansson.h>
#include <stddef.h>

struct reason;
struct result;

/*
 * Puts the shards of one run together, and sorts `shards`. The result is what the run
 * would have left without shards, with the environment of each machine beside it
 * (`machines`). A fact that differs between machines has all its values in `environment`:
 * "X | Y".
 *
 * -EINVAL with `reason` if the results are not shards of one plan, if one is given twice,
 * or if workloads or libraries differ. `ret_missing` gets the numbers of missing
 * shards as a text, "" for none. They make the result incomplete. The caller owns the
 * reference.
 */
int merge_results(struct result *shards, size_t count, json_t **ret_root,
                  char *ret_missing, size_t size, struct reason *reason);

#endif
