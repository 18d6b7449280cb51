#ifndef TIDEMARK_HARNESS_DECISION_WORDS_H
#define TIDEMARK_HARNESS_DECISION_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "decision.h"

/* The parts of a decision's page, in its order. */
void decision_print_measured(const struct decision *decision, FILE *out);
void decision_print_price(const struct decision *decision, FILE *out);
void decision_print_who(const struct decision *decision, FILE *out);
void decision_print_limits(const struct decision *decision, FILE *out);

/* What the parts of a decision's page share: questions about a run, and phrases. */
enum {
    DECISION_WORKLOADS_MAX = PLAN_WORKLOADS_MAX,
    DECISION_TEXT_MAX = 2048,
    DECISION_SHORT_MAX = 64,
    DECISION_MACHINE_MAX = 512
};

/* The run's workloads in its order: those that are controls, or the others. */
size_t decision_workloads(const struct decision_run *run, bool controls,
                          const char *ret[DECISION_WORKLOADS_MAX]);

/* What a comparison is of: "all 8 workloads", "handoff", "handoff, 4 threads". */
const char *decision_name_of(const struct decision_run *run, const struct comparison *c,
                             char buffer[DECISION_SHORT_MAX]);

/* A variant's name in a sentence: with quotes if it is several words. */
const char *decision_in_words(const char *name, char buffer[DECISION_NAME_MAX + 2]);

/* What stands before the i-th of n items in "a, b and c"; `last` is " and ". */
const char *decision_before(size_t i, size_t n, const char *last);

/* The number of the run, "[2] "; "" if there is only one run. */
const char *decision_source(const struct decision *d, const struct decision_run *run);

/* Whether the run has totals, and so several workloads. */
bool decision_has_totals(const struct decision_run *run);

/* The highest number of rounds among VARIANT's timed series, or among its others. */
size_t decision_rounds(const struct decision_run *run, bool timed);

/* Whether VARIANT has a series of this name. */
bool decision_has_series(const struct decision_run *run, const char *measure);

/* A machine in words. */
void decision_machine(const json_t *environment, char *buffer, size_t size);

/* The name in the title of what is switched: the page's program, or the workloads. */
void decision_name_program(const struct decision *d, const struct decision_page *page,
                           char *buffer, size_t size);

/* Whether a change would have been seen that is smaller than 1000 %. */
bool decision_has_visible(const struct comparison *c);

/* The smallest such change; "none" without one. */
const char *decision_visible(const struct comparison *c, char buffer[DECISION_SHORT_MAX]);

/* The comparisons that decision_count() counts, the largest change first. The caller
 * frees. */
struct decision_finding *decision_find(const struct decision *d, enum verdict verdict,
                                       bool over_all, size_t *ret_count);

#endif
