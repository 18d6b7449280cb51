/* killed: its child kills it half a second after its work. */
#include "common.h"

#include <signal.h>
#include <unistd.h>

static void build(const struct run *run) {
    common_build(run);
    pid_t parent = getpid();
    if (fork() == 0) {
        usleep(500000);
        kill(parent, SIGKILL);
        _exit(0);
    }
}

COMMON_WORKLOAD(killed, build);
