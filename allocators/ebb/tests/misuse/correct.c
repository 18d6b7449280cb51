/* No misuse at all: the runner must be able to tell. */
#include <stdlib.h>

#include "ebb.h"

int main(void) {
    char *volatile block = malloc(40);
    free(block);
    ebb_collect();
    return 0;
}
