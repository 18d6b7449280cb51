#ifndef TIDEMARK_WORKLOADS_SAY_H
#define TIDEMARK_WORKLOADS_SAY_H

/*
 * Output without stdio, because stdio allocates its buffers. A line is formatted on the
 * stack and written with one write(2).
 */

enum { EXIT_USAGE = 2, EXIT_WORK = 3, EXIT_ORPHANED = 4 };

/* Sets where report lines go; the default is standard output. */
void say_set_report(int fd);

/* Writes one line of the protocol, and adds the line end. Ends the process with
 * EXIT_ORPHANED if that fails. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/*
 * The same. Then, if say_set_waiting(1) was called, waits for the harness's "go": the
 * report must be a socket then. Ends the process with EXIT_ORPHANED if the harness is
 * gone.
 */
__attribute__((format(printf, 1, 2))) void say_and_wait(const char *format, ...);
void say_set_waiting(int waits);

/* Waits for "go" for so many milliseconds at most. 1 if it came, or if the process does
 * not wait for the harness at all. */
int say_wait_for(int milliseconds);

/* Writes a message to standard error and ends the process: say_fail() with EXIT_WORK,
 * say_usage() with EXIT_USAGE. */
__attribute__((format(printf, 1, 2), noreturn)) void say_fail(const char *format, ...);
__attribute__((format(printf, 1, 2), noreturn)) void say_usage(const char *format, ...);

#endif
