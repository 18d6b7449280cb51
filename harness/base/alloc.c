#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void *check(void *memory) {
    if (memory)
        return memory;
    fputs("tidemark: out of memory\n", stderr);
    exit(3);
}

void *alloc_array(size_t count, size_t size) {
    return check(calloc(count ? count : 1, size));
}

void *alloc_room(void *array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity)
        return array;
    *capacity = *capacity ? 2 * *capacity : 64;
    return check(reallocarray(array, *capacity, size));
}

char *alloc_text(const char *format, ...) {
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    return check(length < 0 ? NULL : text);
}
