#ifndef TIDEMARK_HARNESS_GOPROGRAM_H
#define TIDEMARK_HARNESS_GOPROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a process runs a program made by Go's toolchain. The file of such a program has
 * a section .gopclntab, which Go's runtime needs and which stripping keeps. False if that
 * is unknown. Addresses would not tell: Go 1.26 and newer put the heap at a random
 * address.
 */
bool goprogram_is(pid_t pid);

#endif
