#ifndef TIDEMARK_HARNESS_RESULT_H
#define TIDEMARK_HARNESS_RESULT_H

#include <jansson.h>
#include <stdbool.h>

#include "plan.h"

struct reason;

/*
 * A run as a whole: its plan and its journal. results.json, whose schema docs/results.md
 * describes, is made of these for other programs, and read only where they are not there:
 * of a run that was merged or sent on.
 */
enum { RESULT_SCHEMA_VERSION = 1 };

struct result {
    json_t *root;          /* owned */
    const json_t *records; /* array, in `root`; the last of each cell */
    const json_t *environment;
    json_t *by_key; /* owned: the records once more, by their keys */
    struct plan plan;
    bool complete; /* every round of every cell of the plan is recorded */
    double wall_s; /* of all sessions of the run; 0: not known */
};

/* Names inside a run's folder. */
#define RESULT_PLAN "plan.json"
#define RESULT_JOURNAL "cells.jsonl"
#define RESULT_FILE "results.json"
#define RESULT_REPORT "report.md"
#define RESULT_PLOTS "plots"

/*
 * Puts the plan file {plan, environment} and the journal's records together. Takes no
 * reference over. NULL without memory.
 */
json_t *result_assemble(const json_t *plan_file, const json_t *records, bool complete);

/* Writes results.json into the run's folder, whole or not at all. */
int result_write(const json_t *root, const char *folder, struct reason *reason);

/* Loads the run in a folder, or a results.json by its path. -errno with `reason`. */
int result_load(struct result *ret, const char *path, struct reason *reason);

/* Makes the index of the records by their keys; result_load() has. -ENOMEM or 0. */
int result_index(struct result *result);

/* The record of a cell in one round, or NULL. */
const json_t *result_record(const struct result *result, const struct cell *cell,
                            unsigned round);

void result_finish(struct result *result);

#endif
