/* A run of slices freed twice. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(200000);
    free(block);
    free(block);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
