#ifndef TIDEMARK_HARNESS_SHAPE_H
#define TIDEMARK_HARNESS_SHAPE_H

#include <stdio.h>

struct trace;

/*
 * Prints the figures that the workload bundle draws from, as counted in a trace. They are
 * the lines of workloads/bundle_shape.def; the comments there explain each figure. LIFE
 * is left out: a sampled trace cannot tell it. The trace must be one build with an idle
 * record. 0, or -ENODATA if it has no idle record.
 */
int shape_print(const struct trace *trace, FILE *out);

#endif
