#ifndef TIDEMARK_HARNESS_JSONLINE_H
#define TIDEMARK_HARNESS_JSONLINE_H

#include <stddef.h>

/*
 * Finds the line of a JSON text on which a member stands. It is for messages about a
 * member that is well-formed but makes no sense. The caller has parsed the text, so it is
 * valid JSON.
 *
 * `steps` lead from the outermost value to the member: the names of members, and the
 * indexes of array entries (from "0"). If a step is missing, the result is the line of
 * the value that should have it. Lines count from 1.
 */
unsigned jsonline_of(const char *text, const char *const steps[], size_t count);

#endif
