/* realloc of a run that was freed. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(200000);
    free(block);
    block = realloc(block, 400000);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
