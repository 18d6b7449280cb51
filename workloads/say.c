/* vsnprintf() may be used here: glibc's does not allocate for numbers and strings. */
#include "say.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static int report_fd = 1;
static int waiting;

void say_set_report(int fd) {
    report_fd = fd;
}

void say_set_waiting(int waits) {
    waiting = waits;
}

static int write_line(int fd, const char *prefix, const char *format, va_list args) {
    char line[1024];
    int length = snprintf(line, sizeof line, "%s", prefix);
    int n = vsnprintf(line + length, sizeof line - (size_t)length - 1, format, args);
    length += n < (int)sizeof line - length - 1 ? n : (int)sizeof line - length - 2;
    line[length++] = '\n';
    return write(fd, line, (size_t)length) == length ? 0 : -1;
}

static void report(const char *format, va_list args) {
    if (write_line(report_fd, "", format, args) < 0)
        _exit(EXIT_ORPHANED);
}

void say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    report(format, args);
    va_end(args);
}

/* Reads one line from the harness. Any line means "go". */
static void wait_for_go(void) {
    for (char c = 0; c != '\n';) {
        ssize_t n = read(report_fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(EXIT_ORPHANED);
    }
}

void say_and_wait(const char *format, ...) {
    va_list args;
    va_start(args, format);
    report(format, args);
    va_end(args);
    if (waiting)
        wait_for_go();
}

int say_wait_for(int milliseconds) {
    struct pollfd socket = {.fd = report_fd, .events = POLLIN};
    if (waiting && poll(&socket, 1, milliseconds) == 0)
        return 0;
    if (waiting)
        wait_for_go();
    return 1;
}

/* Ends the process with `code` after a message. */
__attribute__((noreturn)) static void end(int code, const char *format, va_list args) {
    write_line(2, "tidemark-workload: ", format, args);
    _exit(code);
}

void say_fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    end(EXIT_WORK, format, args);
}

void say_usage(const char *format, ...) {
    va_list args;
    va_start(args, format);
    end(EXIT_USAGE, format, args);
}
