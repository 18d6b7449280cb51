#ifndef TIDEMARK_HARNESS_WATCHOUTPUT_H
#define TIDEMARK_HARNESS_WATCHOUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "watchpass.h"

/*
 * One stream of a watched program's output. It is passed on as it comes, and cut into
 * lines for the patterns that set checkpoints. An unfinished line is matched, too, so
 * that a prompt matches. The longest line is WATCHOUTPUT_LINE_MAX bytes.
 */
enum { WATCHOUTPUT_LINE_MAX = 8192 };

struct watch_output {
    int fd; /* the pipe's end to read from, -1: at its end */
    struct watch_pass pass;
    size_t length;
    char line[WATCHOUTPUT_LINE_MAX + 1];
    char last[400]; /* the last line with something in it, for messages */
};

/*
 * Opens a pipe, whose output is passed to `through` (-1: nowhere); the end to write to is
 * given to the program, then closed by the caller.
 */
int watchoutput_open(struct watch_output *ret, int through, int *ret_writable);

/*
 * Reads what there is without waiting, passes it on, and calls `on_line` for each line,
 * and for what has come of an unfinished one.
 */
void watchoutput_read(struct watch_output *output,
                      void (*on_line)(void *context, const char *line), void *context);

/* What to poll for POLLIN; -1: its end has come, or what was read must be passed on
 * first.
 */
int watchoutput_fd(const struct watch_output *output);

/*
 * Reads and passes on everything that is there, even if the reader takes long, until that
 * is done or `*stop` is set.
 */
void watchoutput_drain(struct watch_output *output, const volatile int *stop,
                       void (*on_line)(void *context, const char *line), void *context);

/* Drops what could not be passed on. */
void watchoutput_close(struct watch_output *output);

#endif
