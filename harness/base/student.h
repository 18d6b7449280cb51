#ifndef TIDEMARK_HARNESS_STUDENT_H
#define TIDEMARK_HARNESS_STUDENT_H

#include <stddef.h>

/*
 * Student's t, with the variances of many small samples estimated together (Smyth 2004,
 * Statistical Applications in Genetics and Molecular Biology 3(1), article 3). Six rounds
 * of one cell say little about its variance. The cells beside it say how large such
 * variances are. Each variance is drawn towards theirs: the better they agree, the more.
 * So a variance that is small by chance makes no verdict.
 *
 * Degrees of freedom may be INFINITY, which means the normal distribution.
 */

/* P(|T| >= |t|). `df` > 0. */
double student_p(double t, double df);

/* The t with P(|T| >= t) = p, 0 < p <= 1. */
double student_quantile(double p, double df);

/* What the variances of similar samples have in common: they are worth `df` more degrees
 * of freedom with this variance. df 0: they have nothing in common. */
struct student_prior {
    double variance, df;
};

/*
 * Estimates the prior from n samples' variances (> 0) and their degrees of freedom (> 0).
 * With fewer than four samples there is no prior.
 */
struct student_prior student_fit(const double *variances, const double *df, size_t n);

/* A sample's variance, drawn towards the prior. A sample without degrees of freedom (df
 * 0) gets the prior's variance; NAN if the prior has none either. */
double student_moderate(const struct student_prior *prior, double variance, double df);

#endif
