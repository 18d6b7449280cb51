#ifndef TIDEMARK_HARNESS_CLAIMS_H
#define TIDEMARK_HARNESS_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "measure.h"

/*
 * Claims that were made in public, and what runs say about them. claims.def is the table.
 *
 * The verdict on a measured value compares its effect with the claimed effect:
 *
 *     CLAIM_BYTES  measured / claimed            yes within 1/4, in part within 1/2
 *     others       log(measured) / log(claimed)  yes from 3/4, in part from 1/4, else no
 *
 * So a claimed -47 % holds from -38 % on, and in part from -15 % on. Each end of the 95 %
 * interval gets a verdict (with fewer than STATS_INTERVAL_MIN rounds: each end of the
 * whole range), and an interval around the claim contains a yes. If the worst and the
 * best verdict differ, both are printed.
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
    size_t rounds;                  /* 0: not measured, and nothing below is set */
    double measured, low, high;     /* median over the rounds, and its 95 % interval */
    enum claim_verdict worst, best; /* in the interval */
};

enum claim_verdict claim_judge(const struct claim *claim, double measured);

/* Judges a claim by one run. */
void claim_evaluate(const struct claim *claim, const struct result *result,
                    struct claim_outcome *ret);

/* Whether timed cells measure it, and not memory cells. */
bool claim_is_timed(const struct claim *claim);

const char *claim_verdict_name(enum claim_verdict verdict);

#endif
