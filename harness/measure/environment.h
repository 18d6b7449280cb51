#ifndef TIDEMARK_HARNESS_ENVIRONMENT_H
#define TIDEMARK_HARNESS_ENVIRONMENT_H

#include <jansson.h>

struct plan;
struct reason;

/*
 * The fingerprint of a run's machine and build: kernel, CPU, memory, huge-page and
 * overcommit policy, libc, compiler, tools, git commit, and the SHA-256 of each workload
 * program. A fact that cannot be read is "unknown". Returns an object of strings that the
 * caller owns; NULL without memory.
 */
json_t *environment_fingerprint(const struct plan *plan);

/*
 * Whether figures measured in `now` may be compared with those measured in `then`: 0, or
 * -EINVAL with a `reason` that names the first fact that differs and matters.
 */
int environment_matches(const json_t *then, const json_t *now, struct reason *reason);

#endif
