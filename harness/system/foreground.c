/* See foreground.h. */
#include "foreground.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "childenv.h"
#include "reason.h"

static volatile int stop;

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static void catch_signals(void) {
    struct sigaction end = {.sa_handler = on_signal};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
}

static int wait_for(struct child *child, bool with_orphans, int *ret_status) {
    int error = child_wait(child, UINT64_MAX, &stop, ret_status);
    if (error) {
        child_kill(child);
        return error;
    }
    while (with_orphans && !stop && (waitpid(-1, NULL, 0) > 0 || errno == EINTR))
        ;
    return stop ? -EINTR : 0;
}

int foreground_run(char **argv, char *const added[], bool with_orphans, int *ret_status,
                   struct reason *reason) {
    char **envp = childenv_make(added);
    struct child child;
    /* in a group of its own it may not read from the terminal */
    struct child_streams streams = {isatty(0) ? -1 : 0, 1, 2, NULL};
    if (!envp) {
        reason_set(reason, "out of memory");
        return -ENOMEM;
    }
    catch_signals();
    if (with_orphans)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    int error = child_start_on(&child, argv, envp, &streams, reason);
    free(envp);
    return error ? error : wait_for(&child, with_orphans, ret_status);
}
