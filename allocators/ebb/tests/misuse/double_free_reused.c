/* A block freed twice, to be handed out twice before any flush. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(40);
    free(block);
    free(block);
    char *volatile one = malloc(40);
    char *volatile two = malloc(40);
    if (one != two)
        return 1;
    free(one);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
