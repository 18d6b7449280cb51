#ifndef TIDEMARK_HARNESS_WATCHPASS_H
#define TIDEMARK_HARNESS_WATCHPASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Passes a watched program's output on without ever waiting for the reader: a paused
 * `less` must not stop the sampling. Output that cannot be written now waits here. If
 * there is no room for more, the output stays in the program's pipe. Then the program
 * waits, as it would without the watcher.
 */
enum { WATCHPASS_WAITING_MAX = 256 << 10 };

/* How it is written to without waiting. */
enum watch_pass_kind {
    WATCH_PASS_FILE,         /* it never makes wait */
    WATCH_PASS_NON_BLOCKING, /* by a description of our own: a pipe, a terminal */
    WATCH_PASS_SOCKET,       /* by MSG_DONTWAIT */
    WATCH_PASS_CAREFUL,      /* little at once, when poll() allows it */
};

struct watch_pass {
    int fd; /* -1: nowhere, or nobody reads any more */
    enum watch_pass_kind kind;
    size_t length; /* of what waits */
    char waiting[WATCHPASS_WAITING_MAX];
    uint64_t held_up_since_ns; /* 0: nothing waits */
    uint64_t held_up_ns;       /* how long something waited, before that */
};

/* Towards a descriptor of the caller's, whose flags are not changed; -1: nowhere. */
void watchpass_open(struct watch_pass *ret, int fd);

/* Whether so many more bytes can be taken. */
bool watchpass_has_room(const struct watch_pass *pass, size_t length);

/* Takes bytes for which there is room, and writes what can be written now. */
void watchpass_write(struct watch_pass *pass, const char *bytes, size_t length);

/* Writes what can be written now. */
void watchpass_flush(struct watch_pass *pass);

/* What to poll for POLLOUT; -1: nothing waits. */
int watchpass_fd(const struct watch_pass *pass);

/* How long there was something that could not be written. */
uint64_t watchpass_held_up_ns(const struct watch_pass *pass);

/* Drops what still waits. */
void watchpass_close(struct watch_pass *pass);

#endif
