/* A pointer into a block with a mapping of its own. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(100 << 20);
    free(block + 4096);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
