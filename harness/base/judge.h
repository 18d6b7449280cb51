#ifndef TIDEMARK_HARNESS_JUDGE_H
#define TIDEMARK_HARNESS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Says whether B differs from A, where less is better. All verdicts come from here: those
 * of a run about its variants, those of a comparison about two runs, and those of `watch`
 * about programs (docs/verdicts.md, "Method").
 *
 * It compares logarithms of values, so that a difference is a ratio. Six rounds say
 * little about a variance. The comparisons beside it say how large such variances are, so
 * each variance is drawn towards theirs (student.h). Rank tests, which assume no
 * distribution, serve as a check.
 *
 * Call judge_take() for each comparison, judge_moderate() over similar ones (the cells of
 * one measure), and then judge() for each.
 */

enum verdict {
    VERDICT_NONE,         /* there was nothing to compare */
    VERDICT_SAME,         /* the whole interval lies within the tolerance */
    VERDICT_BETTER,       /* lower, by more than the tolerance, and not by chance */
    VERDICT_WORSE,        /* higher, likewise */
    VERDICT_INCONCLUSIVE, /* none of these: the rounds do not decide it */
};

/* The verdict in one word, as in docs and reports. */
const char *verdict_name(enum verdict verdict);

bool verdict_is_change(enum verdict verdict);

/* The level of a test is 1 - JUDGE_CONFIDENCE. The smallest visible change is found with
 * the probability JUDGE_POWER. */
#define JUDGE_CONFIDENCE 0.95
#define JUDGE_POWER 0.9

/* What is known of one side's values, or of the differences of pairs. Logarithms
 * throughout. */
struct judge_side {
    size_t n;
    double variance, df; /* of one value; df 0: not known */
};

/* What the values of one comparison say alone, without the others. */
struct judge_sample {
    bool paired;
    struct judge_side a, b; /* if paired: `b` describes the differences, `a` is unused */
    double difference;      /* of the means, B - A */
    double rank_difference, rank_p, least_rank_p;
    double error, error_df; /* of the difference; set by judge_moderate() */
};

/*
 * Summarises one comparison. `a` and `b` are logarithms of the values of A and B. If
 * `paired`, the k-th values belong together and n_a equals n_b. Both n are above 0 and at
 * most RANKTEST_VALUES_MAX. -EINVAL or 0.
 */
int judge_take(const double *a, size_t n_a, const double *b, size_t n_b, bool paired,
               struct judge_sample *ret);

/*
 * Draws the variances of similar samples towards each other, and sets each sample's
 * error. The variances of the two sides may differ (Welch 1947). The error counts no more
 * degrees of freedom than the samples have together. A single sample keeps its own
 * variance. A side without a variance (one value) gets that of the others; if there is
 * none, the sample has no error (error_df 0).
 */
void judge_moderate(struct judge_sample *const samples[], size_t n);

/* The probability of a difference at least as large as this one if there is no true
 * difference. 1 if the sample has no error. */
double judge_p(const struct judge_sample *sample);

struct judgement {
    enum verdict verdict;
    bool disputed; /* better or worse, but the rank test, which could tell, disagrees */
    size_t n;      /* number of B's values, or of pairs */
    double ratio;  /* B / A; below 1 is better */
    double low, high;        /* its 95 % interval; 0 and INFINITY: too few rounds */
    double p_adjusted;       /* the p that decided the verdict */
    double smallest_visible; /* relative, at a power of 90 %; INFINITY: none */
    size_t rounds_needed;    /* an estimate of how many rounds would decide it */
};

/*
 * `p_adjusted` is judge_p(), corrected if it is one of many tests. `level` is the level
 * of a test among them (1 - JUDGE_CONFIDENCE for a single test). `tolerance` is relative
 * and above 0: 0.05 calls ratios between 1/1.05 and 1.05 the same.
 */
struct judgement judge(const struct judge_sample *sample, double p_adjusted, double level,
                       double tolerance);

/* Judges a single comparison, at the level of one test. */
struct judgement judge_alone(const struct judge_sample *sample, double tolerance);

#endif
