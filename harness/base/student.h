#ifndef TIDEMARK_HARNESS_STUDENT_H
#define TIDEMARK_HARNESS_STUDENT_H

#include <stddef.h>

/*
 * Student's t where the variances of many small samples are estimated together (Smyth
 * 2004, Statistical Applications in Genetics and Molecular Biology 3(1), article 3). Six
 * rounds of one cell say little about its variance; the cells beside it say how large
 * such variances are. Each is drawn towards that as far as they agree, so that a variance
 * that is small by chance does not make a verdict.
 *
 * Degrees of freedom may be INFINITY: then it is the normal distribution.
 */

/* P(|T| >= |t|). `df` > 0. */
double student_p(double t, double df);

/* The t with P(|T| >= t) = p, 0 < p <= 1. */
double student_quantile(double p, double df);

/* What the variances of like samples have in common: as good as `df` more degrees of
 * freedom with this variance. df 0: nothing. */
struct student_prior {
    double variance, df;
};

/*
 * From n samples' variances (> 0) with their degrees of freedom (> 0). With fewer than
 * four there is no prior.
 */
struct student_prior student_fit(const double *variances, const double *df, size_t n);

/* A sample's variance drawn towards the prior; a sample without a degree of freedom of
 * its own (df 0) has the prior's. Not a number where neither has any. */
double student_moderate(const struct student_prior *prior, double variance, double df);

#endif
