#ifndef TIDEMARK_HARNESS_DECISION_REPORT_H
#define TIDEMARK_HARNESS_DECISION_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "decision.h"

struct reason;

/*
 * A decision as a page of Markdown: the recommendation, what was measured, price and
 * gain, who gains and who loses, what the page does not say, a picture.
 */
struct decision_page {
    const char *program; /* its name in the title; NULL: as the runs call it */
    const char *picture; /* the picture's address; NULL: there is none */
    const char *command; /* what makes the page again; NULL: not said */
};

void decision_print(const struct decision *decision, const struct decision_page *page,
                    FILE *out);

/*
 * Draws the trade-off as `base`.svg and `base`.png. -ENODATA without `reason` if no time
 * or no idle footprint of the two was measured; other errors are -errno with `reason`.
 */
int decision_draw(const struct decision *decision, const struct decision_page *page,
                  const char *base, struct reason *reason);

#endif
