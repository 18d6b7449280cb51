#ifndef TIDEMARK_HARNESS_DECISION_PARTS_H
#define TIDEMARK_HARNESS_DECISION_PARTS_H

#include <stdio.h>

#include "decision.h"

struct table;

/* The parts of a decision's page, in its order. `table` is room for a table, whose
 * content is lost: a table is too large for the stack. */
void decision_print_cautions(const struct decision *decision, FILE *out);
void decision_print_recommendation(const struct decision *decision, FILE *out);
void decision_print_measured(const struct decision *decision, FILE *out);
void decision_print_price(const struct decision *decision, struct table *table,
                          FILE *out);
void decision_print_who(const struct decision *decision, struct table *table, FILE *out);
void decision_print_limits(const struct decision *decision, FILE *out);

#endif
