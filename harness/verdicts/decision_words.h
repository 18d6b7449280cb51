#ifndef TIDEMARK_HARNESS_DECISION_WORDS_H
#define TIDEMARK_HARNESS_DECISION_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "decision.h"

struct decision_page;

/* What the parts of a decision's page share: what a run has, and how it is said. */
enum {
    DECISION_WORKLOADS_MAX = PLAN_WORKLOADS_MAX,
    DECISION_TEXT_MAX = 2048,
    DECISION_MACHINE_MAX = 512
};

/* One run's comparison: what sentences are about. */
struct decision_finding {
    const struct decision_run *run;
    const struct comparison *c;
};

/* A text of the run's head (runfigures.h). */
const char *decision_fact(const struct decision_run *run, const char *group,
                          const char *name);

/* Whether a series is VARIANT's. */
bool decision_is_of_variant(const struct decision_run *run, const struct series *s);

bool decision_is_known(const char *const names[], size_t n, const char *name);

/* The run's workloads in its order: those that are controls, or the others. */
size_t decision_workloads(const struct decision_run *run, bool controls,
                          const char *ret[DECISION_WORKLOADS_MAX]);

bool decision_has_several_threads(const struct decision_run *run);

/* What a comparison is of: "all 8 workloads", "handoff", "handoff, 4 threads". */
void decision_name_of(const struct decision_run *run, const struct comparison *c,
                      char *buffer, size_t size);

/* A variant's name in a sentence: with quotes if it is several words. */
const char *decision_in_words(const char *name, char buffer[DECISION_NAME_MAX + 2]);

/* The i-th of n items: "a, b and c". */
void decision_append_list(char *buffer, size_t size, const char *item, size_t i,
                          size_t n);

/* "[2]", where there are several runs. */
void decision_source(const struct decision *d, const struct decision_run *run,
                     char *buffer, size_t size);

/* Whether it has several workloads. */
bool decision_has_totals(const struct decision_run *run);

/* The most rounds of its timed series, or of the others. */
size_t decision_rounds(const struct decision_run *run, bool timed);

bool decision_has_series(const struct decision_run *run, const char *measure);

/* Where it ran, and that in words. */
const json_t *decision_environment(const struct decision_run *run);
void decision_machine(const json_t *environment, char *buffer, size_t size);

/* What the title calls what is switched. */
void decision_name_program(const struct decision *d, const struct decision_page *page,
                           char *buffer, size_t size);

/* "29.6 % [28.0, 31.1] less peak" */
void decision_phrase(const struct comparison *c, char *buffer, size_t size);

/* What would have been seen; false and "none" if that is no change worth the word. */
bool decision_format_visible(const struct comparison *c, char *buffer, size_t size);

/* Those of a verdict that count, over all or in single workloads, the largest first. The
 * caller frees. */
struct decision_finding *decision_find(const struct decision *d, enum verdict verdict,
                                       bool over_all, size_t *ret_count);

#endif
