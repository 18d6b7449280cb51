#ifndef TIDEMARK_HARNESS_WATCHOUTPUT_H
#define TIDEMARK_HARNESS_WATCHOUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One stream of a watched program's output. It is split into lines, which are matched
 * with the patterns of checkpoints. An unfinished line is matched, too, so that a prompt
 * matches. A line ends after WATCHOUTPUT_LINE_MAX bytes at the latest.
 *
 * The output is also passed on, without ever waiting for the reader: a paused `less` must
 * not stop the sampling. Output that cannot be written now waits here. If there is no
 * room for more, the output stays in the program's pipe. Then the program waits, as it
 * would without the watcher.
 */
enum { WATCHOUTPUT_LINE_MAX = 8192, WATCHOUTPUT_WAITING_MAX = 256 << 10 };

struct watch_output {
    int fd; /* the end of the pipe that we read from; -1: the output has ended */
    /* called for each line, and for the beginning of an unfinished one */
    void (*on_line)(void *context, const char *line);
    void *context;
    size_t length; /* of the unfinished line */
    char line[WATCHOUTPUT_LINE_MAX + 1];
    char last[400]; /* the last line that was not empty, for messages */

    int through; /* where it is passed on; -1: nobody wants it, or the reader has gone */
    bool is_own; /* `through` is an open description of our own */
    size_t at_once; /* bytes that can be written without waiting if poll() says so */
    size_t waiting; /* bytes in `buffer` */
    char buffer[WATCHOUTPUT_WAITING_MAX]; /* output that could not be written yet */
    uint64_t held_up_since_ns;            /* 0: nothing waits */
    uint64_t held_up_ns;                  /* how long output waited earlier, in total */
};

/*
 * Opens a pipe and passes its output on to the descriptor `through` (-1: drops it), which
 * stays the caller's; its flags do not change. The caller gives the end `*ret_writable`
 * to the program and then closes it. 0 or -errno.
 */
int watchoutput_open(struct watch_output *ret, int through,
                     void (*on_line)(void *context, const char *line), void *context,
                     int *ret_writable);

/* Reads the output that is there, without waiting, and passes it on. */
void watchoutput_read(struct watch_output *output);

/* The descriptor to poll for POLLIN. -1: the output has ended, or there is no room until
 * what was read has been passed on. */
int watchoutput_fd(const struct watch_output *output);

/* The descriptor to poll for POLLOUT; -1: nothing waits. */
int watchoutput_through(const struct watch_output *output);

/* How long output waited for its reader, in total, up to now. */
uint64_t watchoutput_held_up_ns(const struct watch_output *output);

/*
 * Reads and passes on all output that is there. Waits for a slow reader, until everything
 * is passed on or `*stop` is set.
 */
void watchoutput_drain(struct watch_output *output, const volatile int *stop);

/* Closes the stream, and drops what could not be passed on. */
void watchoutput_close(struct watch_output *output);

#endif
