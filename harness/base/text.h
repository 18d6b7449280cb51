#ifndef TIDEMARK_HARNESS_TEXT_H
#define TIDEMARK_HARNESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Appends to the text in `buffer`, which has `size` bytes, printf style. The result is
 * cut if it is too long. */
__attribute__((format(printf, 3, 4))) void text_append(char *buffer, size_t size,
                                                       const char *format, ...);

/* Whether a text is one of n texts. */
bool text_is_among(const char *const texts[], size_t n, const char *text);

#endif
