/* A block freed twice, another in between, and handed out by calloc before any flush. */
#include <stdlib.h>

int main(void) {
    char *volatile first = malloc(8192);
    char *volatile second = malloc(8192);
    free(first);
    free(second);
    free(first);
    for (int i = 0; i < 3; i++)
        if (calloc(1, 8192) == NULL)
            return 1;
    return 0;
}
