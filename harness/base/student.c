#include "student.h"

#include <math.h>

/* ---- distribution ---- */

/* The continued fraction of the incomplete beta function (Abramowitz & Stegun 26.5.8), by
 * Lentz's method. */
static double beta_fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m <= 10000; m++) {
        double step = 1;
        for (int odd = 0; odd < 2; odd++) {
            double term =
                odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                    : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            c = fabs(c) < tiny ? tiny : c;
            step = c * d;
            value *= step;
        }
        if (fabs(step - 1) < 1e-14)
            break;
    }
    return value;
}

/* I_x(a, b), the regularized incomplete beta function. */
static double incomplete_beta(double a, double b, double x) {
    if (x <= 0 || x >= 1)
        return x >= 1;
    double front =
        exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_p(double t, double df) {
    enum { AS_GOOD_AS_NORMAL = 10000 };
    if (df > AS_GOOD_AS_NORMAL)
        return erfc(fabs(t) / M_SQRT2);
    return incomplete_beta(df / 2, 0.5, df / (df + t * t));
}

double student_quantile(double p, double df) {
    double low = 0, high = 1;
    while (student_p(high, df) > p && high < 1e300)
        high *= 2;
    for (int i = 0; i < 200 && high - low > 1e-12 * high; i++) {
        double middle = (low + high) / 2;
        if (student_p(middle, df) > p)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* ---- many variances ---- */

/* psi(x) and psi'(x) for x > 0: recurrence up to 10, then the asymptotic series
 * (Abramowitz & Stegun 6.3.18 and 6.4.12). */
static double digamma(double x) {
    double sum = 0;
    for (; x < 10; x++)
        sum -= 1 / x;
    double y = 1 / (x * x);
    return sum + log(x) - 0.5 / x - y * (1.0 / 12 - y * (1.0 / 120 - y / 252));
}

static double trigamma(double x) {
    double sum = 0;
    for (; x < 10; x++)
        sum += 1 / (x * x);
    double y = 1 / (x * x);
    return sum + 1 / x + y / 2 +
           y / x * (1.0 / 6 - y * (1.0 / 30 - y * (1.0 / 42 - y / 30)));
}

/* The x for which trigamma(x) is `value`. Bisection works: trigamma falls from infinity
 * to 0. */
static double inverse_trigamma(double value) {
    double low = 1e-8, high = 1e8;
    for (int i = 0; i < 200; i++) {
        double middle = sqrt(low * high);
        if (trigamma(middle) > value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Matches the moments of the logarithms of the variances (Smyth 2004, section 6.2). */
struct student_prior student_fit(const double *variances, const double *df, size_t n) {
    if (n < 4)
        return (struct student_prior){0};
    double mean = 0, spread = 0;
    for (size_t i = 0; i < n; i++)
        mean += (log(variances[i]) - digamma(df[i] / 2) + log(df[i] / 2)) / (double)n;
    for (size_t i = 0; i < n; i++) {
        double e = log(variances[i]) - digamma(df[i] / 2) + log(df[i] / 2) - mean;
        spread += e * e / (double)(n - 1) - trigamma(df[i] / 2) / (double)n;
    }
    if (spread <= 0)
        return (struct student_prior){exp(mean), INFINITY};
    double half = inverse_trigamma(spread);
    return (struct student_prior){exp(mean + digamma(half) - log(half)), 2 * half};
}

double student_moderate(const struct student_prior *prior, double variance, double df) {
    if (isinf(prior->df))
        return prior->variance;
    double own = df > 0 ? df * variance : 0;
    return (prior->df * prior->variance + own) / (prior->df + df);
}
