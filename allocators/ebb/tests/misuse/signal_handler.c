/* malloc in a handler of a signal that, sooner or later, interrupts malloc. */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "ebb.h"

static void handler(int signal) {
    (void)signal;
    void *volatile block = malloc(40);
    free(block);
}

int main(void) {
    struct itimerval often = {{0, 700}, {0, 700}};
    signal(SIGALRM, handler);
    setitimer(ITIMER_REAL, &often, NULL);
    for (long i = 0; i < 2000000000; i++) {
        void *volatile block = malloc(40);
        free(block);
    }
    return 0;
}
