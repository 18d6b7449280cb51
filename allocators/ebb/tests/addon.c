/* A shared object that brings a malloc of its own, as an addon of some program does: the
 * archive, with no symbol of it visible. See unload.c. */
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
