#ifndef TIDEMARK_HARNESS_JUDGE_H
#define TIDEMARK_HARNESS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The one judge: whether B differs from A, less being better. What a run says of its
 * variants, what a comparison says of two runs, and what `watch` says of programs all
 * come from here (docs/verdicts.md, "Method").
 *
 * Values are compared as logarithms, so that a difference is a ratio. Six rounds say
 * little about a variance; the comparisons beside it say how large such variances are,
 * and each is drawn towards that (student.h). Rank tests, which assume no distribution,
 * stand beside it as a check.
 *
 * Use: judge_take() for each comparison, judge_moderate() over those that are alike (the
 * cells of one measure), judge() for each.
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

/* Better or worse. */
bool verdict_is_change(enum verdict verdict);

/* 1 - JUDGE_CONFIDENCE is the level of a test; JUDGE_POWER that of what is called
 * visible. */
#define JUDGE_CONFIDENCE 0.95
#define JUDGE_POWER 0.9

/* One side's values, or the pairs' differences. Logarithms throughout. */
struct judge_side {
    size_t n;
    double variance, df; /* of one value; df 0: not known */
};

/* What the values of one comparison say by themselves. */
struct judge_sample {
    bool paired;
    struct judge_side a,
        b;             /* where paired, `b` is of the differences, and `a` of nothing */
    double difference; /* of the means, B - A */
    double rank_difference, rank_p, least_rank_p;
    double error, error_df; /* of the difference: by judge_moderate() */
};

/*
 * Takes logarithms of A's and B's values; where paired, the k-th belong together and n_a
 * equals n_b. n > 0, at most RANKTEST_VALUES_MAX. -ENOMEM, -EINVAL or 0.
 */
int judge_take(const double *a, size_t n_a, const double *b, size_t n_b, bool paired,
               struct judge_sample *ret);

/*
 * Draws the variances of like samples towards each other, and sets each one's error: the
 * two sides' variances may differ (Welch 1947), and no degrees of freedom are counted on
 * that the samples together do not have. A single sample keeps its own; a side that has
 * none of its own (one value) gets the others', or there is no error at all (error_df 0).
 */
void judge_moderate(struct judge_sample *const samples[], size_t n);

/* P of a difference as large as this one where there is none; 1 without an error. */
double judge_p(const struct judge_sample *sample);

struct judgement {
    enum verdict verdict;
    bool disputed;     /* better or worse, and ranks, which could tell, do not say so */
    size_t n;          /* B's values; pairs */
    double ratio;      /* B / A; below 1 is better */
    double low, high;  /* its 95 % interval; 0 and INFINITY: too few rounds */
    double p_adjusted; /* what it was judged by */
    double smallest_visible; /* relative, with a power of 90 %; INFINITY: none */
    size_t rounds_needed;    /* an estimate of how many would decide it */
};

/*
 * `p_adjusted`: judge_p(), corrected where it is one of many; `level` is that of a test
 * among them (1 - JUDGE_CONFIDENCE for one alone). `tolerance` is relative and above 0:
 * 0.05 calls ratios between 1/1.05 and 1.05 the same.
 */
struct judgement judge(const struct judge_sample *sample, double p_adjusted, double level,
                       double tolerance);

/* Of a comparison by itself, at the level of one test. */
struct judgement judge_alone(const struct judge_sample *sample, double tolerance);

#endif
