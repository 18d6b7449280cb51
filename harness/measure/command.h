#ifndef TIDEMARK_HARNESS_COMMAND_H
#define TIDEMARK_HARNESS_COMMAND_H

#include <stddef.h>

struct cell;
struct plan;

/*
 * The command line and the environment of one cell's workload. They are the same for
 * memory runs and timed runs. The environment starts empty, so that no MALLOC_CONF or
 * LD_PRELOAD of the user's shell gets into a measurement.
 */
enum { COMMAND_ARGUMENTS_MAX = 20, COMMAND_ENV_MAX = 16 };

struct command {
    char text[8192]; /* the strings that the pointers below point to */
    size_t length;
    char *argv[COMMAND_ARGUMENTS_MAX + 1];
    char *envp[COMMAND_ENV_MAX + 1];
};

/* `report` is the value of the workload's --report. -E2BIG if it does not fit. */
int command_build(struct command *ret, const struct plan *plan, const struct cell *cell,
                  const char *report);

/*
 * Writes the command as one line for a reader that splits like a shell:
 * `env -i NAME=VALUE… argv…`, each word quoted. -E2BIG if it does not fit.
 */
int command_to_line(const struct command *command, char *buffer, size_t size);

/* Writes such a line for a user's own command: `sh -c 'COMMAND'`. Its environment is the
 * user's. -E2BIG if it does not fit. */
int command_of_shell(const char *command, char *buffer, size_t size);

#endif
