#ifndef TIDEMARK_HARNESS_ENVIRONMENT_H
#define TIDEMARK_HARNESS_ENVIRONMENT_H

#include <jansson.h>

struct plan;
struct reason;

/*
 * The fingerprint of where a run was made: kernel, CPU, memory, huge-page and overcommit
 * policy, libc, compiler, tools, git commit, and the SHA-256 of each workload program.
 * What cannot be told is "unknown". An object of strings that the caller owns; NULL
 * without memory.
 */
json_t *environment_fingerprint(const struct plan *plan);

/*
 * Whether figures taken in `now` may be put beside those taken in `then`: -EINVAL with a
 * `reason` that names the first fact that differs and matters, else 0.
 */
int environment_matches(const json_t *then, const json_t *now, struct reason *reason);

#endif
