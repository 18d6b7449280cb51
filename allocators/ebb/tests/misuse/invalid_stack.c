/* The address of a local variable. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    int local = 0;
    int *volatile pointer = &local;
    free(pointer);
    ebb_collect(); /* flushes this thread's cache */
    return 0;
}
