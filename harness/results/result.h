#ifndef TIDEMARK_HARNESS_RESULT_H
#define TIDEMARK_HARNESS_RESULT_H

#include <jansson.h>
#include <stdbool.h>

#include "plan.h"
#include "reading.h"

struct reason;

/*
 * A run as a whole: its plan and its journal. results.json is made from both for other
 * programs; docs/results.md describes its schema. The harness itself reads it only if the
 * plan or the journal is missing, as in a run that was merged or sent on.
 */
enum { RESULT_SCHEMA_VERSION = 1 };

struct result {
    json_t *root; /* owned; the other members are parsed from it */
    const json_t *environment;
    struct plan plan;
    struct reading *readings; /* owned; of cells of the plan: each round's last record,
                                in the order of their keys */
    size_t reading_count;
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
 * Makes the content of results.json from the plan file {plan, environment} and the
 * journal's records, and takes over neither. NULL without memory, or if the plan file
 * lacks a member.
 */
json_t *result_assemble(const json_t *plan_file, const json_t *records, bool complete);

/* Writes a file of the run's folder, whole or not at all. flags: jansson's. */
int result_write_json(const json_t *root, size_t flags, const char *folder,
                      const char *name, struct reason *reason);

/* results.json likewise. */
int result_write(const json_t *root, const char *folder, struct reason *reason);

/* Loads the run in a folder, or a results.json by its path. -errno with `reason`. */
int result_load(struct result *ret, const char *path, struct reason *reason);

/*
 * Parses a run's records. The result's plan must be set, which result_load() does. The
 * records must outlive the result. A reading fails if its checksum is outvoted by those
 * of the same work.
 */
void result_parse(struct result *result, const json_t *records);

/* The reading of a cell of the plan in one round (from 1), or NULL. */
const struct reading *result_reading(const struct result *result, const struct cell *cell,
                                     unsigned round);

/* The same if it went well. */
const struct reading *result_good(const struct result *result, const struct cell *cell,
                                  unsigned round);

/* A figure of a reading; NAN if the reading does not have it. `which` says more. */
typedef double result_figure(const struct reading *reading, const void *which);

/* Collects a figure from every round of a cell that went well and has it. Returns how
 * many these are: at most plan_rounds(). */
size_t result_collect(const struct result *result, const struct cell *cell,
                      result_figure *get, const void *which, double *ret_values);

/* Their median; NAN without any. */
double result_median_of(const struct result *result, const struct cell *cell,
                        result_figure *get, const void *which);

/* The same of a measure. */
size_t result_values(const struct result *result, const struct cell *cell,
                     enum measure measure, double *ret_values);
double result_median(const struct result *result, const struct cell *cell,
                     enum measure measure);

void result_finish(struct result *result);

#endif
