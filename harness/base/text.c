#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_append(char *buffer, size_t size, const char *format, ...) {
    size_t used = strlen(buffer);
    va_list args;
    va_start(args, format);
    vsnprintf(buffer + used, size - used, format, args);
    va_end(args);
}

bool text_is_among(const char *const texts[], size_t n, const char *text) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}
