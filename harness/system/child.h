#ifndef TIDEMARK_HARNESS_CHILD_H
#define TIDEMARK_HARNESS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reason;

/* What a process used, and the processes that it has waited for. */
struct child_use {
    uint64_t max_rss; /* bytes, the largest resident set of any of them */
    uint64_t minor_faults;
    double system_s;
};

/*
 * A process that the harness starts. It has its own process group, so that the harness
 * can end it and its children together, and so that Ctrl-C reaches only the harness. The
 * kernel kills it if the harness dies.
 */
struct child {
    pid_t pid;
    int errors;           /* memory file that receives its standard error, or -1 */
    struct child_use use; /* after child_wait(); all 0 if the child was killed */
};

/* A process's standard input, output and error; -1 is /dev/null. */
struct child_streams {
    int in, out, errors;
    const char *folder; /* its working folder; NULL: the harness's */
};

enum { CHILD_REPORT_FD = 3 };

/*
 * Starts argv[0] (looked up in PATH) with `envp`. `report` becomes descriptor
 * CHILD_REPORT_FD unless it is -1. Standard input and output are /dev/null. -errno with
 * `reason` on failure, also if the program cannot be executed.
 */
int child_start(struct child *ret, char *const argv[], char *const envp[], int report,
                struct reason *reason);

/* Like child_start(), but on the given streams, which stay the caller's. Don't call
 * child_errors() or child_finish() for such a child. */
int child_start_on(struct child *ret, char *const argv[], char *const envp[],
                   const struct child_streams *streams, struct reason *reason);

/*
 * Waits until the child ends, until `deadline_ns` (by clock_now_ns()), or until `*stop`
 * is set. `stop` may be NULL. Returns 0 with the wait status, -ETIMEDOUT, -EINTR, or
 * another -errno if it cannot wait. Only 0 means that the child has been reaped.
 */
int child_wait(struct child *child, uint64_t deadline_ns, const volatile int *stop,
               int *ret_status);

/* A descriptor that is readable once the child has ended; the caller closes it. -errno.
 */
int child_open_handle(const struct child *child);

/* True once the child has ended. It need not have been reaped. */
bool child_has_ended(const struct child *child);

/* Kills the child's process group and reaps the child. */
void child_kill(struct child *child);

/* The end of what the child wrote to standard error, up to `size - 1` bytes. Each control
 * character becomes a space, so it is one line. */
void child_errors(const struct child *child, char *buffer, size_t size);

/* Closes what child_start() opened. */
void child_finish(struct child *child);

/* "was ended by signal 11 (Segmentation fault)" or "exited with 3". */
void child_describe_status(int status, char *buffer, size_t size);

#endif
