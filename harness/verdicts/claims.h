#ifndef TIDEMARK_HARNESS_CLAIMS_H
#define TIDEMARK_HARNESS_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "measure.h"

/*
 * Claims that were made in public, and what runs say of them: claims.def is the table.
 *
 * The verdict on one measured value is its effect against the claimed one:
 *
 *     ratios:  log(measured) / log(claimed)     yes from 3/4, in part from 1/4, else no
 *     bytes:   measured / claimed               yes within a quarter, in part within a
 * half
 *
 * so that a claimed -47 % holds from -38 % on, and in part from -15 % on. It is made of
 * both ends of the 95 % interval (of the whole range with fewer than STATS_INTERVAL_MIN
 * rounds); where they differ, it is said so.
 */
enum claim_kind { CLAIM_RATIO, CLAIM_BYTES, CLAIM_LEFT, CLAIM_GROWTH };

struct claim {
    const char *text, *where;
    enum claim_kind kind;
    double claimed;
    const char *workload;
    unsigned threads;
    enum idle_driver idle;
    const char *variant, *reference; /* "": none */
    enum measure measure;
};

struct result;

extern const struct claim claims[];
extern const size_t claims_count;

enum claim_verdict { CLAIM_NO, CLAIM_IN_PART, CLAIM_YES };

struct claim_outcome {
    size_t rounds;              /* 0: not measured, and nothing below is set */
    double measured, low, high; /* median over the rounds, and its 95 % interval */
    enum claim_verdict at_low, at_high;
};

enum claim_verdict claim_judge(const struct claim *claim, double measured);

/* What one run says of a claim. */
void claim_evaluate(const struct claim *claim, const struct result *result,
                    struct claim_outcome *ret);

/* Whether its figure is of timed runs. */
bool claim_is_timed(const struct claim *claim);

const char *claim_verdict_name(enum claim_verdict verdict);

#endif
