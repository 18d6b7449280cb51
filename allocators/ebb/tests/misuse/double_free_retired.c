/* A block freed again after its whole slab had gone. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(40);
    free(block);
    ebb_collect();
    free(block);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
