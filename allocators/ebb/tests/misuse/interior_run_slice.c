/* A pointer to a later slice of a run. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(200000);
    free(block + 65536);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
