/* Ends of processes under test: a hang is a failure that says so, and a child's bad end
 * is its parent's. No allocation. */
#ifndef EBB_TESTS_CHILD_H
#define EBB_TESTS_CHILD_H

#include <signal.h>
#include <sys/wait.h>

#include "check.h"

static inline void say_that_it_hangs(int number) {
    static const char text[] = "failed: no end within the time allowed: a hang\n";
    (void)number;
    if (write(2, text, sizeof text - 1) < 0)
        _exit(2);
    _exit(1);
}

/* A fork's child starts without an alarm: it calls this again. */
static inline void limit_time(unsigned seconds) {
    signal(SIGALRM, say_that_it_hangs);
    alarm(seconds);
}

static inline void wait_for(pid_t child) {
    int status;
    CHECK(child > 0);
    pid_t result;
    do
        result = waitpid(child, &status, 0);
    while (result < 0); /* a signal came */
    CHECK(result == child);
    if (WIFSIGNALED(status))
        dprintf(2, "the child was killed by signal %d\n", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        dprintf(2, "the child ended with status %d\n", WEXITSTATUS(status));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#endif
