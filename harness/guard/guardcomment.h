#ifndef TIDEMARK_HARNESS_GUARDCOMMENT_H
#define TIDEMARK_HARNESS_GUARDCOMMENT_H

#include <stdio.h>

struct guard_verdict;

/*
 * Prints a verdict as Markdown, for a pull request. A table as narrow as a comment shows
 * the demanded figures before and after. Notes and bounds follow. Everything else is
 * folded away.
 */
void guardcomment_print(const struct guard_verdict *verdict, const char *headline,
                        FILE *out);

#endif
