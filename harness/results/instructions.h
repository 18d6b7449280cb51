#ifndef TIDEMARK_HARNESS_INSTRUCTIONS_H
#define TIDEMARK_HARNESS_INSTRUCTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct result;

/*
 * The instructions of a process, as cachegrind's output file sums them up ("summary: N").
 * False where the text has no such line.
 */
bool instructions_parse(const char *text, double *ret);

/*
 * Instructions per operation of the workload over the rounds of an instructions cell:
 * median, lowest and highest. Returns in how many rounds they were counted.
 */
struct instructions {
    double median, low, high;
};
size_t instructions_of_cell(const struct result *result, const struct cell *cell,
                            struct instructions *ret);

#endif
