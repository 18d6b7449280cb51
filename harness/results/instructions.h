#ifndef TIDEMARK_HARNESS_INSTRUCTIONS_H
#define TIDEMARK_HARNESS_INSTRUCTIONS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The instructions of a process, as cachegrind's output file sums them up ("summary: N").
 * False where the text has no such line.
 */
bool instructions_parse(const char *text, long long *ret);

#endif
