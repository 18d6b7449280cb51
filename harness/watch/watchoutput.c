#include "watchoutput.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

enum {
    READS_AT_ONCE = 64, /* so that a program that never stops writing is sampled, too */
    READ_BYTES = 16384,
    CAREFUL_BYTES = 512, /* if poll() says a pipe is writable, it has a free page */
    LOOK_MS = 100,       /* how often `*stop` is checked */
};

/* ---- passing on ---- */

/*
 * O_NONBLOCK belongs to the open description, which we share with the shell and other
 * programs. So this opens a pipe or terminal once more, for a description of our own. A
 * socket needs no second description. Some pipes and terminals cannot be opened again:
 * they get a few bytes at a time. A file never makes us wait.
 */
static void open_through(struct watch_output *output, int fd) {
    struct stat info;
    char path[32];
    output->through = fd;
    output->at_once = sizeof output->buffer;
    if (fd < 0 || fstat(fd, &info) < 0 || S_ISREG(info.st_mode))
        return;
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    int own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    output->is_own = own >= 0;
    if (output->is_own)
        output->through = own;
    else
        output->at_once = CAREFUL_BYTES;
}

static void note_whether_held_up(struct watch_output *output) {
    uint64_t now = clock_now_ns();
    if (output->waiting > 0 && !output->held_up_since_ns) {
        output->held_up_since_ns = now;
    } else if (output->waiting == 0 && output->held_up_since_ns) {
        output->held_up_ns += now - output->held_up_since_ns;
        output->held_up_since_ns = 0;
    }
}

static void close_through(struct watch_output *output) {
    if (output->is_own)
        close(output->through);
    output->is_own = false;
    output->through = -1;
    output->waiting = 0;
    note_whether_held_up(output);
}

/* Like write(), but fails with EAGAIN instead of waiting. */
static ssize_t write_now(const struct watch_output *output) {
    struct pollfd writable = {.fd = output->through, .events = POLLOUT};
    size_t length = output->waiting < output->at_once ? output->waiting : output->at_once;
    ssize_t sent = send(output->through, output->buffer, output->waiting,
                        MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0 || errno != ENOTSOCK)
        return sent;
    if (poll(&writable, 1, 0) == 1)
        return write(output->through, output->buffer, length);
    errno = EAGAIN;
    return -1;
}

/* Writes what can be written now. If the reader has gone, the program still continues: we
 * watch it for its memory. */
static void flush(struct watch_output *output) {
    while (output->waiting > 0) {
        ssize_t n = write_now(output);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            close_through(output);
            return;
        }
        output->waiting -= (size_t)n;
        memmove(output->buffer, output->buffer + n, output->waiting);
    }
    note_whether_held_up(output);
}

static void pass_on(struct watch_output *output, const char *bytes, size_t length) {
    if (output->through < 0)
        return;
    memcpy(output->buffer + output->waiting, bytes, length);
    output->waiting += length;
    flush(output);
}

int watchoutput_through(const struct watch_output *output) {
    return output->waiting > 0 ? output->through : -1;
}

uint64_t watchoutput_held_up_ns(const struct watch_output *output) {
    uint64_t since_ns = output->held_up_since_ns;
    return output->held_up_ns + (since_ns ? clock_now_ns() - since_ns : 0);
}

/* ---- lines ---- */

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

/* ---- the stream ---- */

int watchoutput_open(struct watch_output *ret, int through,
                     void (*on_line)(void *context, const char *line), void *context,
                     int *ret_writable) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK); /* the program's own end keeps blocking */
    ret->fd = ends[0];
    ret->on_line = on_line;
    ret->context = context;
    open_through(ret, through);
    *ret_writable = ends[1];
    return 0;
}

int watchoutput_fd(const struct watch_output *output) {
    bool has_room =
        output->through < 0 || output->waiting + READ_BYTES <= sizeof output->buffer;
    return has_room ? output->fd : -1;
}

void watchoutput_read(struct watch_output *output) {
    char bytes[READ_BYTES];
    flush(output);
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
        pass_on(output, bytes, (size_t)n);
        take(output, bytes, (size_t)n);
    }
}

void watchoutput_drain(struct watch_output *output, const volatile int *stop) {
    for (;;) {
        watchoutput_read(output);
        struct pollfd reader = {.fd = watchoutput_through(output), .events = POLLOUT};
        if (reader.fd < 0 || *stop)
            return;
        poll(&reader, 1, LOOK_MS);
    }
}

void watchoutput_close(struct watch_output *output) {
    close_through(output);
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
}
