#ifndef TIDEMARK_WORKLOADS_SAY_H
#define TIDEMARK_WORKLOADS_SAY_H

/*
 * Output without stdio's buffers, which are allocated: a line is formatted on the stack
 * and goes out by one write(2).
 */

enum { EXIT_USAGE = 2, EXIT_WORK = 3, EXIT_ORPHANED = 4 };

/* Where report lines go; standard output until it is set. */
void say_set_report(int fd);

/* One line of the protocol; the line end is added. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/*
 * The same, then waits for the harness's "go" where the report is a socket that it holds
 * the other end of (say_set_waiting); ends the process (EXIT_ORPHANED) when the harness
 * has gone.
 */
__attribute__((format(printf, 1, 2))) void say_and_wait(const char *format, ...);
void say_set_waiting(int waits);

/* Waits for "go" for so many milliseconds: 1 when it came, or where nobody is to be
 * waited for. */
int say_wait_for(int milliseconds);

/* A message on standard error; ends the process with EXIT_WORK or EXIT_USAGE. */
__attribute__((format(printf, 1, 2), noreturn)) void say_fail(const char *format, ...);
__attribute__((format(printf, 1, 2), noreturn)) void say_usage(const char *format, ...);

#endif
