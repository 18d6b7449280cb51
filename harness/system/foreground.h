#ifndef TIDEMARK_HARNESS_FOREGROUND_H
#define TIDEMARK_HARNESS_FOREGROUND_H

#include <stdbool.h>

struct reason;

/*
 * Runs argv[0] and waits until it has ended. If `with_orphans`, it also waits until the
 * last process that argv[0] left behind has ended. The program gets the driver's standard
 * output and error, and its standard input unless that is a terminal. It gets the
 * driver's environment with the variables of `added` ("NAME=VALUE", ended by NULL).
 *
 * SIGINT, SIGTERM or SIGHUP to the driver ends the program and its process group; if
 * `with_orphans`, also the processes that it left behind.
 *
 * Returns 0 with the wait status, -EINTR after such a signal, or another -errno with
 * `reason` if argv[0] could not be started.
 */
int foreground_run(char **argv, char *const added[], bool with_orphans, int *ret_status,
                   struct reason *reason);

#endif
