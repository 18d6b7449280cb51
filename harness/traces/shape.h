#ifndef TIDEMARK_HARNESS_SHAPE_H
#define TIDEMARK_HARNESS_SHAPE_H

#include <stdio.h>

struct trace;

/*
 * Counts in a trace what the workload bundle draws from, and prints it as the lines of
 * workloads/bundle_shape.def, whose comments say what each figure is; all but LIFE, which
 * a sampled trace cannot tell. The trace must be one build, with an idle record. -ENOMEM
 * on failure, -ENODATA where it has no idle record.
 */
int shape_print(const struct trace *trace, FILE *out);

#endif
