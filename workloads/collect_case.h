#ifndef TIDEMARK_WORKLOADS_COLLECT_CASE_H
#define TIDEMARK_WORKLOADS_COLLECT_CASE_H

#include <stddef.h>

#include "workload.h"

/*
 * The blocks of `interleave` and `sequential`: 100,000 of 3,584 B, which are freed, and
 * 200 of 32,288 B, which stay. The two differ only in the order of allocation. The main
 * thread does all of it, because a collect call may reach only the calling thread's heap.
 */
void collect_case_setup(const struct run *run);

/* One build. Allocates a large block after every `small_between` small ones; with 0 all
 * large blocks come first. */
void collect_case_build(const struct run *run, size_t small_between);

void collect_case_visit(block_visitor *visit, void *context);

#endif
