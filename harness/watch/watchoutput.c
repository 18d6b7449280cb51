#include "watchoutput.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    READS_AT_ONCE = 64, /* so that a program that never stops writing is sampled, too */
    READ_BYTES = 16384,
    LOOK_MS = 100, /* how often `*stop` is checked */
};

int watchoutput_open(struct watch_output *ret, int through, int *ret_writable) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK); /* the program's own end keeps blocking */
    ret->fd = ends[0];
    watchpass_open(&ret->pass, through);
    ret->length = 0;
    ret->last[0] = '\0';
    *ret_writable = ends[1];
    return 0;
}

/* Calls `on_line` with the line so far. `ended`: the line is complete. */
static void show_line(struct watch_output *output, bool ended) {
    output->line[output->length] = '\0';
    if (output->length > 0) {
        output->on_line(output->context, output->line);
        snprintf(output->last, sizeof output->last, "%.*s", (int)sizeof output->last - 1,
                 output->line);
        for (char *c = output->last; *c; c++)
            *c = *c < ' ' || *c > '~' ? '?' : *c; /* messages are plain ASCII */
    }
    if (ended)
        output->length = 0;
}

static void take(struct watch_output *output, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bool ended = bytes[i] == '\n' || bytes[i] == '\r';
        if (!ended)
            output->line[output->length++] = bytes[i] ? bytes[i] : ' ';
        if (ended || output->length == WATCHOUTPUT_LINE_MAX)
            show_line(output, true);
    }
    show_line(output, false);
}

int watchoutput_fd(const struct watch_output *output) {
    return watchpass_has_room(&output->pass, READ_BYTES) ? output->fd : -1;
}

void watchoutput_read(struct watch_output *output) {
    char bytes[READ_BYTES];
    watchpass_flush(&output->pass);
    for (int reads = 0; watchoutput_fd(output) >= 0 && reads < READS_AT_ONCE; reads++) {
        ssize_t n = read(output->fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            close(output->fd);
            output->fd = -1;
            return;
        }
        watchpass_write(&output->pass, bytes, (size_t)n);
        take(output, bytes, (size_t)n);
    }
}

void watchoutput_drain(struct watch_output *output, const volatile int *stop) {
    for (;;) {
        watchoutput_read(output);
        struct pollfd reader = {.fd = watchpass_fd(&output->pass), .events = POLLOUT};
        if (reader.fd < 0 || *stop)
            return;
        poll(&reader, 1, LOOK_MS);
    }
}

void watchoutput_close(struct watch_output *output) {
    watchpass_close(&output->pass);
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
}
