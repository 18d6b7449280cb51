#include "foreground.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "childenv.h"
#include "procfile.h"
#include "signals.h"

enum { LOOK_MS = 20 };

/* Kills all children that are left, again and again until there are none. The children of
 * a killed child become ours, because we are a subreaper. */
static void end_orphans(void) {
    pid_t self = getpid();
    char name[48], *text;
    snprintf(name, sizeof name, "task/%d/children", (int)self);
    for (;;) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (procfile_read(self, name, &text, NULL) < 0)
            return;
        char *rest = text;
        size_t count = 0;
        for (long pid; (pid = strtol(rest, &rest, 10)) > 0; count++)
            kill((pid_t)pid, SIGKILL);
        free(text);
        if (count == 0)
            return;
        poll(NULL, 0, LOOK_MS);
    }
}

/* Waits until the last process that the program left behind has ended, or until `*stop`
 * is set. */
static void wait_for_orphans(const volatile int *stop) {
    pid_t pid;
    while (!*stop && (pid = waitpid(-1, NULL, WNOHANG)) >= 0)
        if (pid == 0)
            poll(NULL, 0, LOOK_MS);
}

static int wait_for(struct child *child, bool with_orphans, const volatile int *stop,
                    int *ret_status) {
    int error = child_wait(child, UINT64_MAX, stop, ret_status);
    if (error)
        child_kill(child);
    else if (with_orphans)
        wait_for_orphans(stop);
    if (*stop && with_orphans)
        end_orphans();
    return error ? error : *stop ? -EINTR : 0;
}

int foreground_run(char **argv, char *const added[], bool with_orphans, int *ret_status,
                   struct reason *reason) {
    char **envp = childenv_make(added);
    struct child child;
    /* the child has its own process group, which may not read from the terminal */
    struct child_streams streams = {isatty(0) ? -1 : 0, 1, 2, NULL};
    const volatile int *stop = signals_heed(false);
    if (with_orphans)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    int error = child_start_on(&child, argv, envp, &streams, reason);
    free(envp);
    return error ? error : wait_for(&child, with_orphans, stop, ret_status);
}
