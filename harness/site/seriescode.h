#ifndef TIDEMARK_HARNESS_SERIESCODE_H
#define TIDEMARK_HARNESS_SERIESCODE_H

#include <stddef.h>

/*
 * A sequence of figures as a short text, which page/site.js reads again: a year of nights
 * has some 180,000 figures, and two bytes each are what a page can afford.
 *
 * Each value is rounded to a whole number of steps: the largest step of 1, 2 or 5 times a
 * power of ten of which the largest value has at least 500 (so it is off by a thousandth
 * at most). Of each number the difference to the one before (0 before the first) is
 * written, as u = 2 d, or -2 d - 1 where it is negative:
 *
 *     u < 80        one character: u
 *     u < 990       two: 80 + (u - 80) / 91, (u - 80) % 91
 *     else          four: 90, then u in three digits to the base of 91
 *     no value      a space; the next difference is to the last value that there was
 *
 * The n-th character is the n-th of the printable ones of ASCII that are none of space,
 * quotation mark, backslash and "<", so that the text stands in JSON and in HTML as it
 * is.
 */

/* NAN: no value. The caller frees the text. -ENOMEM or 0. */
int seriescode_write(const double *values, size_t n, char **ret_text, double *ret_step);

#endif
