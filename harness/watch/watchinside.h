#ifndef TIDEMARK_HARNESS_WATCHINSIDE_H
#define TIDEMARK_HARNESS_WATCHINSIDE_H

#include <jansson.h>
#include <stddef.h>

struct journal;
struct reason;

/*
 * Looks into the files that ran beside reserved memory of unknown owner, by the journal's
 * records, and appends one for each that has an allocator inside which reserves like
 * this: {"kind": "inside", "key", "file", "allocator": "mimalloc 3.1.5"}. Takes a second
 * for 100 MB; nothing that is measured may run meanwhile. -errno with `reason`.
 */
int watchinside_add(struct journal *journal, struct reason *reason);

/* "mimalloc 3.1.5 in next-swc.node, jemalloc in b.so": what a run's records say of the
 * files of one attribution; "": nothing. */
void watchinside_text(const json_t *records, const json_t *attribution, char *ret,
                      size_t size);

#endif
