/* A pointer into a small block. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(100);
    free(block + 16);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
