#include "heap.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void heap_exhausted(void) {
    fputs("tidemark: out of memory\n", stderr);
    exit(3); /* EXIT_MEASUREMENT */
}

/* One entry more than asked for, because an empty array may be NULL. */
void *heap_new(size_t count, size_t size) {
    void *array = calloc(count + 1, size);
    if (!array)
        heap_exhausted();
    return array;
}

void *heap_resize(void *array, size_t count, size_t size) {
    void *resized = reallocarray(array, count + 1, size);
    if (!resized)
        heap_exhausted();
    return resized;
}
