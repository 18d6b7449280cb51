/* An address in the reservation that was never handed out. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(100);
    free(block + ((size_t)1 << 30));
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
