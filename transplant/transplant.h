#ifndef TIDEMARK_TRANSPLANT_TRANSPLANT_H
#define TIDEMARK_TRANSPLANT_TRANSPLANT_H

/*
 * What the preloaded library and `tidemark transplant` agree on, by the environment: a
 * folder in which the library keeps the patched copies of a process, which lasts as long
 * as the program and whose path is the ID of its verdicts (verdict.h); and the library of
 * the allocator that must be there, if one was asked for.
 */
#define TRANSPLANT_FOLDER_VARIABLE "TIDEMARK_TRANSPLANT_FOLDER"
#define TRANSPLANT_ALLOCATOR_VARIABLE "TIDEMARK_TRANSPLANT_ALLOCATOR"

/* In a process that only tries an allocator: "ALLOC DEALLOC REALLOC ZEROED PATH", the
 * addresses in hexadecimal digits (probe.h). */
#define TRANSPLANT_PROBE_VARIABLE "TIDEMARK_TRANSPLANT_PROBE"

#endif
