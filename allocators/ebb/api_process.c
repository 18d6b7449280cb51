/* Calls that only a process of one thread may make. The reclaimer ends before them, and
 * starts again when it is needed. ebb does not see raw system calls. A program that makes
 * those sets EBB_RECLAIM=manual. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api.h"
#include "os.h"
#include "reclaimer.h"

EBB_EXPORT int EBB_NAME(unshare)(int flags);
EBB_EXPORT int EBB_NAME(setns)(int fd, int type);

/* The kernel counts a joined thread a moment longer. Then the call fails with EINVAL. */
enum { ATTEMPTS = 50, PAUSE_US = 1000 };

static int alone(long number, long first, long second) {
    bool ended = reclaimer_end();
    long result = syscall(number, first, second);
    for (int i = 0; ended && result != 0 && errno == EINVAL && i < ATTEMPTS; i++) {
        os_sleep_us(PAUSE_US);
        result = syscall(number, first, second);
    }
    return (int)result;
}

int EBB_NAME(unshare)(int flags) {
    return alone(SYS_unshare, flags, 0);
}

int EBB_NAME(setns)(int fd, int type) {
    return alone(SYS_setns, fd, type);
}
