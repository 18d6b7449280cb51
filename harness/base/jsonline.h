#ifndef TIDEMARK_HARNESS_JSONLINE_H
#define TIDEMARK_HARNESS_JSONLINE_H

#include <stddef.h>

/*
 * On which line of a JSON text a member stands, for messages about what is well-formed
 * and means nothing. The text has been parsed before: it is valid.
 *
 * `steps` lead there from the outermost value: members' names, and numbers (from "0") of
 * an array's entries. Where one is missing the line is that of what should have it.
 * From 1.
 */
unsigned jsonline_of(const char *text, const char *const steps[], size_t count);

#endif
