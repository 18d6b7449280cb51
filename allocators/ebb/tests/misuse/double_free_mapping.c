/* A block with a mapping of its own freed twice. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(100 << 20);
    free(block);
    free(block);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
