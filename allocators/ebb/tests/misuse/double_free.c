/* A block freed twice in a row, both still in the thread's cache. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(40);
    free(block);
    free(block);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
