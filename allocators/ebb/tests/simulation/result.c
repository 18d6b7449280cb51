#include "result.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

struct result *result;
bool verbose;

void finding(const char *what, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    snprintf(result->what, sizeof result->what, "%s", what);
    vsnprintf(result->details, sizeof result->details, format, arguments);
    va_end(arguments);
    trace("FOUND: %s: %s", result->what, result->details);
    _exit(1);
}

void trace(const char *format, ...) {
    if (!verbose)
        return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    dprintf(2, "%s\n", line);
}
