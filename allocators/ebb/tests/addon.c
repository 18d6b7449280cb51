/* A shared object that brings its own malloc, as a program's addon does. It links ebb's
 * archive, and hides its symbols. unload.c opens and closes it. */
#include "check.h"

void *addon_malloc(size_t size);
void addon_free(void *block);
size_t addon_usable(void *block);

void *addon_malloc(size_t size) {
    return malloc(size);
}

void addon_free(void *block) {
    free(block);
}

size_t addon_usable(void *block) {
    return malloc_usable_size(block);
}
