#ifndef TIDEMARK_HARNESS_SERIESCODE_H
#define TIDEMARK_HARNESS_SERIESCODE_H

#include <stddef.h>

/*
 * A sequence of figures as a short text, which page/site.js decodes. A year of nights has
 * some 180,000 figures, and a page can afford two bytes for each.
 *
 * Each value is rounded to a whole number of steps. A step is 1, 2 or 5 times a power of
 * ten. It is the largest such step that fits at least 500 times into the largest value,
 * so a value is off by a thousandth of that at most. What is written of a number is its
 * difference d to the number before (0 before the first), as u = 2 d, or as u = -2 d - 1
 * if d is negative:
 *
 *     u < 80        one character: u
 *     u < 990       two: 80 + (u - 80) / 91, (u - 80) % 91
 *     else          four: 90, then u in three digits to the base of 91
 *     no value      a space; the next difference is to the last number before it
 *
 * Character n (from 0) is the n-th printable character of ASCII without space, quotation
 * mark, backslash and "<". So JSON and HTML can contain the text as it is.
 */

/* NAN: no value. The caller frees the text. */
char *seriescode_write(const double *values, size_t n, double *ret_step);

#endif
