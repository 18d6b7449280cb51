#ifndef TIDEMARK_HARNESS_WATCHINSIDE_H
#define TIDEMARK_HARNESS_WATCHINSIDE_H

#include <jansson.h>
#include <stddef.h>

struct journal;
struct reason;

/*
 * The journal's records name the files whose code ran in a process with reserved memory
 * of unknown owner. This looks for allocators inside these files. For each file that has
 * an allocator which reserves like this, it appends a record, unless the journal has it:
 * {"kind": "inside", "key", "file", "allocator": "mimalloc 3.1.5"}. It takes a second for
 * 100 MB, so nothing may be measured meanwhile. 0, or -errno with `reason`.
 */
int watchinside_add(struct journal *journal, struct reason *reason);

/* Writes into `ret` which allocators a run's records name for the files of one
 * attribution: "mimalloc 3.1.5 in next-swc.node, jemalloc in b.so"; "" if none. */
void watchinside_text(const json_t *records, const json_t *attribution, char *ret,
                      size_t size);

#endif
