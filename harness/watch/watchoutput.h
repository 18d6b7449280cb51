#ifndef TIDEMARK_HARNESS_WATCHOUTPUT_H
#define TIDEMARK_HARNESS_WATCHOUTPUT_H

#include <stddef.h>

#include "watchpass.h"

/*
 * One stream of a watched program's output. It is passed on as it comes, and split into
 * lines, which are matched with the patterns of checkpoints. An unfinished line is
 * matched, too, so that a prompt matches. A line ends after WATCHOUTPUT_LINE_MAX bytes at
 * the latest.
 */
enum { WATCHOUTPUT_LINE_MAX = 8192 };

struct watch_output {
    int fd; /* the end of the pipe that we read from; -1: the output has ended */
    /* called for each line, and for the beginning of an unfinished one */
    void (*on_line)(void *context, const char *line);
    void *context;
    struct watch_pass pass;
    size_t length; /* of the unfinished line */
    char line[WATCHOUTPUT_LINE_MAX + 1];
    char last[400]; /* the last line that was not empty, for messages */
};

/*
 * Opens a pipe and passes its output on to the descriptor `through` (-1: drops it). The
 * caller has set `on_line` and `context`. It gives the end `*ret_writable` to the program
 * and then closes it. 0 or -errno.
 */
int watchoutput_open(struct watch_output *ret, int through, int *ret_writable);

/* Reads the output that is there, without waiting, and passes it on. */
void watchoutput_read(struct watch_output *output);

/* The descriptor to poll for POLLIN. -1: the output has ended, or there is no room until
 * what was read has been passed on. */
int watchoutput_fd(const struct watch_output *output);

/*
 * Reads and passes on all output that is there. Waits for a slow reader, until everything
 * is passed on or `*stop` is set.
 */
void watchoutput_drain(struct watch_output *output, const volatile int *stop);

/* Closes the stream, and drops what could not be passed on. */
void watchoutput_close(struct watch_output *output);

#endif
