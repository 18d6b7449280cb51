#ifndef TIDEMARK_HARNESS_PATHS_H
#define TIDEMARK_HARNESS_PATHS_H

#include <stddef.h>

/*
 * Where this build's files are. Everything is found from the driver's own location
 * (BUILD/bin/tidemark), so a moved build folder still works.
 *
 *     BUILD/bin/tidemark-workload      the registered workloads
 *     BUILD/share/...                  plot templates, the list of requirements
 *     BUILD/allocators/manifest.tsv    what set-up obtained
 */

/* Writes BUILD/`name` into `buffer`. -errno where the own location cannot be told. */
int paths_in_build(char *buffer, size_t size, const char *name);

#endif
