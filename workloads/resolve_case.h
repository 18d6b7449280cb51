#ifndef TIDEMARK_WORKLOADS_RESOLVE_CASE_H
#define TIDEMARK_WORKLOADS_RESOLVE_CASE_H

#include "workload.h"

/*
 * What `cold` and `warm` do in each build: some milliseconds of work shaped like a
 * package manager's resolve. Packages are read into short-lived and build-lifetime
 * objects of the recorded sizes, on all workers; then all but a few are freed. Every
 * build allocates the same.
 */
void resolve_case_setup(const struct run *run);
void resolve_case_build(const struct run *run);
void resolve_case_visit(block_visitor *visitor, void *context);

#endif
