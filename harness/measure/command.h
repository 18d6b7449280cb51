#ifndef TIDEMARK_HARNESS_COMMAND_H
#define TIDEMARK_HARNESS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct plan;
struct reason;
struct variant;

/*
 * The command line and the environment of one cell's workload. They are the same for
 * memory runs and timed runs. The environment starts empty, so that no MALLOC_CONF or
 * LD_PRELOAD of the user's shell gets into a measurement.
 */
enum { COMMAND_ARGUMENTS_MAX = 20, COMMAND_ENV_MAX = 16 };

struct command {
    char text[8192]; /* the strings that the pointers below point to */
    size_t length;
    bool is_cut; /* some text did not fit */
    char *argv[COMMAND_ARGUMENTS_MAX + 1];
    char *envp[COMMAND_ENV_MAX + 1];
};

/* `report` is the value of the workload's --report. -E2BIG with `reason` if the command
 * does not fit. */
int command_build(struct command *ret, const struct plan *plan, const struct cell *cell,
                  const char *report, struct reason *reason);

/*
 * The command as one line for a reader that splits like a shell, each word quoted:
 * `env -i NAME=VALUE… argv…`. If the variant is a user's own command, it is `sh -c
 * 'COMMAND'`, whose environment is the user's. The caller frees it.
 */
char *command_to_line(const struct command *command, const struct variant *variant);

#endif
