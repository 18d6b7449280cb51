#ifndef TIDEMARK_HARNESS_ASSIGNMENT_H
#define TIDEMARK_HARNESS_ASSIGNMENT_H

#include <stdbool.h>

/*
 * NAME=VALUE lists on the command line, such as --allocator's settings: separated by
 * commas, and the values may hold commas themselves, since one starts a new assignment
 * only before NAME= (letters, digits and _).
 */
bool assignment_starts(const char *text);

/* Where what starts at `text` ends: at a comma before an assignment, or at the NUL. */
const char *assignment_end(const char *text);

#endif
