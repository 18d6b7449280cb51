#ifndef TIDEMARK_WORKLOADS_COLLECT_CASE_H
#define TIDEMARK_WORKLOADS_COLLECT_CASE_H

#include <stddef.h>

#include "workload.h"

/*
 * The blocks of `interleave` and `sequential`: 100,000 of 3,584 B, which are freed, and
 * 200 of 32,288 B, which stay. The two differ in the order of allocation only. Everything
 * is done by the main thread, since a collect call may reach the calling thread's heap
 * alone.
 */
void collect_case_setup(const struct run *run);

/* Allocates all, one large one after every `small_between` small ones (0: the large ones
 * first). */
void collect_case_build(const struct run *run, size_t small_between);

void collect_case_visit(block_visitor *visit, void *context);

#endif
