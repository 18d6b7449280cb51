#ifndef TIDEMARK_HARNESS_GOPROGRAM_H
#define TIDEMARK_HARNESS_GOPROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether a process runs a program made by Go's toolchain: its file has the section
 * .gopclntab, which Go's runtime needs and stripping leaves. False where that cannot be
 * told. Go 1.26 and newer put the heap at a random address, so that no address tells it.
 */
bool goprogram_is(pid_t pid);

#endif
