/* A block freed again after it had gone back to its slab. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(40);
    char *volatile neighbour = malloc(40);
    free(block);
    ebb_collect();
    free(block);
    ebb_collect();
    free(neighbour);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
