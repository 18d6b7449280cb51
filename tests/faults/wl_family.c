/* family: a child process holds 16 MiB. The footprint must contain them. */
#include "common.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "memory.h"

static void build(const struct run *run) {
    common_build(run);
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        memory_map(16 << 20);
        for (;;)
            pause();
    }
    usleep(100000); /* until the child has touched its memory */
}

COMMON_WORKLOAD(family, build);
