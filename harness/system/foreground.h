#ifndef TIDEMARK_HARNESS_FOREGROUND_H
#define TIDEMARK_HARNESS_FOREGROUND_H

#include <stdbool.h>

struct reason;

/*
 * Runs argv[0] on the driver's own output and error (and input, where that is no
 * terminal), with the driver's environment and the variables of `added` ("NAME=VALUE",
 * ended by NULL), until it has ended; `with_orphans`: until the last process that it left
 * behind has. A SIGINT, SIGTERM or SIGHUP to the driver ends it, and those.
 *
 * 0 with its wait status; -EINTR after such a signal; another -errno with `reason` where
 * it could not be started.
 */
int foreground_run(char **argv, char *const added[], bool with_orphans, int *ret_status,
                   struct reason *reason);

#endif
