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

/* Writes BUILD/`name` into `buffer`. -errno if the location of the driver is unknown or
 * the path is too long. */
int paths_in_build(char *buffer, size_t size, const char *name);

#endif
