#include "watchpass.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

enum { CAREFUL_BYTES = 512 }; /* if poll() says a pipe is writable, it has a free page */

/*
 * O_NONBLOCK belongs to the open description, which we share with the shell and other
 * programs. So this opens the pipe or terminal once more, for a description of our own.
 */
static int open_again(int fd) {
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

void watchpass_open(struct watch_pass *ret, int fd) {
    struct stat info;
    ret->fd = fd;
    ret->kind = WATCH_PASS_FILE;
    ret->length = 0;
    ret->held_up_since_ns = ret->held_up_ns = 0;
    if (fd < 0 || fstat(fd, &info) < 0)
        return;
    if (S_ISSOCK(info.st_mode))
        ret->kind = WATCH_PASS_SOCKET;
    if (!S_ISFIFO(info.st_mode) && !S_ISCHR(info.st_mode))
        return;
    int own = open_again(fd);
    ret->kind = own < 0 ? WATCH_PASS_CAREFUL : WATCH_PASS_NON_BLOCKING;
    if (own >= 0)
        ret->fd = own;
}

bool watchpass_has_room(const struct watch_pass *pass, size_t length) {
    return pass->fd < 0 || pass->length + length <= sizeof pass->waiting;
}

/* Like write(), but fails with EAGAIN instead of waiting. */
static ssize_t write_now(const struct watch_pass *pass) {
    struct pollfd writable = {.fd = pass->fd, .events = POLLOUT};
    if (pass->kind == WATCH_PASS_SOCKET)
        return send(pass->fd, pass->waiting, pass->length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (pass->kind != WATCH_PASS_CAREFUL)
        return write(pass->fd, pass->waiting, pass->length);
    if (poll(&writable, 1, 0) == 1)
        return write(pass->fd, pass->waiting,
                     pass->length < CAREFUL_BYTES ? pass->length : CAREFUL_BYTES);
    errno = EAGAIN;
    return -1;
}

static void note_whether_held_up(struct watch_pass *pass) {
    uint64_t now = clock_now_ns();
    if (pass->length > 0 && !pass->held_up_since_ns) {
        pass->held_up_since_ns = now;
    } else if (pass->length == 0 && pass->held_up_since_ns) {
        pass->held_up_ns += now - pass->held_up_since_ns;
        pass->held_up_since_ns = 0;
    }
}

/* If the reader has gone, the program still continues: we watch it for its memory. */
void watchpass_flush(struct watch_pass *pass) {
    while (pass->length > 0) {
        ssize_t n = write_now(pass);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            watchpass_close(pass);
            break;
        }
        pass->length -= (size_t)n;
        memmove(pass->waiting, pass->waiting + n, pass->length);
    }
    note_whether_held_up(pass);
}

void watchpass_write(struct watch_pass *pass, const char *bytes, size_t length) {
    if (pass->fd < 0)
        return;
    memcpy(pass->waiting + pass->length, bytes, length);
    pass->length += length;
    watchpass_flush(pass);
}

int watchpass_fd(const struct watch_pass *pass) {
    return pass->length > 0 ? pass->fd : -1;
}

uint64_t watchpass_held_up_ns(const struct watch_pass *pass) {
    uint64_t now = clock_now_ns();
    return pass->held_up_ns + (pass->held_up_since_ns ? now - pass->held_up_since_ns : 0);
}

void watchpass_close(struct watch_pass *pass) {
    if (pass->fd >= 0 && pass->kind == WATCH_PASS_NON_BLOCKING)
        close(pass->fd);
    pass->fd = -1;
    pass->length = 0;
    note_whether_held_up(pass);
}
