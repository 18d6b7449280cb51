#ifndef TIDEMARK_HARNESS_WATCHINSIDE_H
#define TIDEMARK_HARNESS_WATCHINSIDE_H

#include <jansson.h>

/*
 * Where a record has reserved memory of unknown owner, adds "inside": which of the files
 * that ran beside it have an allocator inside that reserves without leaving a name or a
 * shape. It is no proof of whose that memory is. The lists of files that
 * attribution_to_json() made for this are taken out of the record. Each file is looked
 * through once in a process's life (a second for 100 MB); call it after the sampling.
 */
void watchinside_add(json_t *record);

/* "mimalloc 3.1.5 in next-swc.node, jemalloc in b.so" into `ret`; "": nothing is known.
 */
void watchinside_text(const json_t *record, char *ret, size_t size);

#endif
