#ifndef TIDEMARK_TRANSPLANT_TRANSPLANT_H
#define TIDEMARK_TRANSPLANT_TRANSPLANT_H

/*
 * The environment variables by which `tidemark transplant` tells the preloaded library
 * what to do. The first names the folder for the patched copies of a process. The folder
 * lasts as long as the program, and its path is the ID in the verdicts (verdict.h). The
 * second names the library of the allocator that must be loaded, if one was requested.
 */
#define TRANSPLANT_FOLDER_VARIABLE "TIDEMARK_TRANSPLANT_FOLDER"
#define TRANSPLANT_ALLOCATOR_VARIABLE "TIDEMARK_TRANSPLANT_ALLOCATOR"

/* In a probing process (probe.h): "search PATH" or "load PATH". */
#define TRANSPLANT_PROBE_VARIABLE "TIDEMARK_TRANSPLANT_PROBE"

#endif
