#ifndef TIDEMARK_WORKLOADS_RESOLVE_CASE_H
#define TIDEMARK_WORKLOADS_RESOLVE_CASE_H

#include "workload.h"

/*
 * What `cold` and `warm` do in each build: some milliseconds of work, shaped like a
 * package manager's resolve. All workers read packages into objects of the recorded
 * sizes: some are freed at once, the others live until the end of the build. Then the
 * main thread frees all but a few. Every build allocates the same.
 */
void resolve_case_setup(const struct run *run);
void resolve_case_build(const struct run *run);
void resolve_case_visit(block_visitor *visitor, void *context);

#endif
