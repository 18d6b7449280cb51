#ifndef TIDEMARK_HARNESS_FOREGROUND_H
#define TIDEMARK_HARNESS_FOREGROUND_H

#include <stdbool.h>

struct reason;

/*
 * Runs argv[0] and waits until it has ended; with `with_orphans` until the last process
 * that it left behind has ended, too. It gets the driver's output and error (and input,
 * if that is not a terminal), and the driver's environment with the variables of `added`
 * ("NAME=VALUE", ended by NULL). A SIGINT, SIGTERM or SIGHUP to the driver ends all of
 * these processes.
 *
 * Returns 0 with the wait status, -EINTR after such a signal, or another -errno with
 * `reason` if argv[0] could not be started.
 */
int foreground_run(char **argv, char *const added[], bool with_orphans, int *ret_status,
                   struct reason *reason);

#endif
