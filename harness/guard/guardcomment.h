#ifndef TIDEMARK_HARNESS_GUARDCOMMENT_H
#define TIDEMARK_HARNESS_GUARDCOMMENT_H

#include <stdio.h>

struct guard_verdict;

/*
 * A verdict as Markdown, for a pull request: what is demanded, before and after, in a
 * table as narrow as a comment; what else changed, and the bounds; all the rest is folded
 * away.
 */
void guardcomment_print(const struct guard_verdict *verdict, const char *headline,
                        FILE *out);

#endif
