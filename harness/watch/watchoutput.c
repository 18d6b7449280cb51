/* See watchoutput.h. */
#include "watchoutput.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { READS_AT_ONCE = 64 }; /* a program that never stops writing must be sampled, too */

int watchoutput_open(struct watch_output *ret, int through, int *ret_writable) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK); /* the program's own end keeps blocking */
    ret->fd = ends[0];
    ret->through = through;
    ret->length = 0;
    ret->last[0] = '\0';
    *ret_writable = ends[1];
    return 0;
}

/* Where nobody reads any more the program goes on: it is watched, not piped. */
static void pass(struct watch_output *output, const char *bytes, size_t length) {
    while (length > 0 && output->through >= 0) {
        ssize_t n = write(output->through, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            output->through = -1;
            return;
        }
        bytes += n;
        length -= (size_t)n;
    }
}

static void show_line(struct watch_output *output, bool ended,
                      void (*on_line)(void *, const char *), void *context) {
    output->line[output->length] = '\0';
    if (output->length > 0) {
        on_line(context, output->line);
        snprintf(output->last, sizeof output->last, "%.*s", (int)sizeof output->last - 1,
                 output->line);
        for (char *c = output->last; *c; c++)
            *c = *c < ' ' || *c > '~' ? '?' : *c; /* messages are plain text */
    }
    if (ended)
        output->length = 0;
}

static void take(struct watch_output *output, const char *bytes, size_t length,
                 void (*on_line)(void *, const char *), void *context) {
    for (size_t i = 0; i < length; i++) {
        bool ended = bytes[i] == '\n' || bytes[i] == '\r';
        if (!ended)
            output->line[output->length++] = bytes[i] ? bytes[i] : ' ';
        if (ended || output->length == WATCHOUTPUT_LINE_MAX)
            show_line(output, true, on_line, context);
    }
    show_line(output, false, on_line, context);
}

void watchoutput_read(struct watch_output *output,
                      void (*on_line)(void *context, const char *line), void *context) {
    char bytes[16384];
    for (int reads = 0; output->fd >= 0 && reads < READS_AT_ONCE; reads++) {
        ssize_t n = read(output->fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            watchoutput_close(output);
            return;
        }
        pass(output, bytes, (size_t)n);
        take(output, bytes, (size_t)n, on_line, context);
    }
}

void watchoutput_close(struct watch_output *output) {
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
}
