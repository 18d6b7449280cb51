/* A pointer into a run of slices, not at its start. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(200000);
    free(block + 4096);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
