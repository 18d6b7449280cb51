#ifndef TIDEMARK_HARNESS_GUARDFILE_H
#define TIDEMARK_HARNESS_GUARDFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "compare.h"
#include "watchspec.h"

struct reason;

/*
 * tidemark.json says what a repository wants guarded, and how closely (docs/guard.md
 * describes its members). The file is checked as a whole. A message names file, line and
 * remedy.
 */
#define GUARD_FILE "tidemark.json"

enum { GUARD_DEMANDS_MAX = 32 };

struct guard_scenario { /* texts are the file's; NULL where it has none */
    const char *name, *command, *setup;
    bool overlaps; /* others that do, too, may work while it is idle */
    struct watch_spec spec;
};

struct guard_file {
    json_t *root;
    size_t count;
    struct guard_scenario scenarios[PLAN_WORKLOADS_MAX];
    size_t demand_count; /* "fail": in every scenario that has such a series */
    struct compare_demand demands[GUARD_DEMANDS_MAX];
    json_t *bounds; /* entries of bounds.h, without their variant */
    const char *baseline;
};

/* Parses a text; `name` is the file's, for messages. -EBADMSG with `reason`, or -ENOMEM.
 */
int guardfile_parse(struct guard_file *ret, const char *text, const char *name,
                    struct reason *reason);

/* Reads a file. -errno likewise. */
int guardfile_load(struct guard_file *ret, const char *path, struct reason *reason);

/* Whether a scenario has a series: its peak, or one of a checkpoint of its own. */
bool guardfile_has_series(const struct guard_scenario *scenario, const char *series);

/* Whether a scenario has "collect". */
bool guardfile_collects(const struct guard_file *file);

void guardfile_finish(struct guard_file *file);

#endif
