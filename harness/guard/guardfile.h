#ifndef TIDEMARK_HARNESS_GUARDFILE_H
#define TIDEMARK_HARNESS_GUARDFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "compare.h"
#include "watchspec.h"

struct reason;

/*
 * tidemark.json says which programs of a repository are guarded, and how much growth is
 * allowed (docs/guard.md describes its members). The whole file is checked before
 * anything runs. A message names file, line and remedy.
 */
#define GUARD_FILE "tidemark.json"

enum { GUARD_DEMANDS_MAX = 32 };

struct guard_scenario { /* texts belong to guard_file.root; NULL: the member is absent */
    const char *name, *setup;
    char *argv[4]; /* "sh -c COMMAND" */
    bool overlaps; /* while it is idle, another scenario that overlaps may work */
    struct watch_spec spec;
};

struct guard_file {
    json_t *root;
    size_t count;
    struct guard_scenario scenarios[PLAN_WORKLOADS_MAX];
    size_t demand_count; /* from "fail"; each holds for every scenario with its series */
    struct compare_demand demands[GUARD_DEMANDS_MAX];
    json_t *bounds; /* entries as in bounds.h, but without a variant */
    const char *baseline;
};

/* Parses the text of a file, which messages call `name`. -EBADMSG with `reason`. Nothing
 * is freed: there is one such file for as long as the program runs. */
int guardfile_parse(struct guard_file *ret, const char *text, const char *name,
                    struct reason *reason);

/* Reads and parses a file. -errno with `reason`. */
int guardfile_load(struct guard_file *ret, const char *path, struct reason *reason);

/* Whether measuring a scenario gives this series: one of the whole round, such as "peak",
 * or one of the scenario's own checkpoints. */
bool guardfile_has_series(const struct guard_scenario *scenario, const char *series);

/* Whether any scenario has "collect". */
bool guardfile_collects(const struct guard_file *file);

#endif
