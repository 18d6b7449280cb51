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

/* How the descriptor is written to without waiting. */
enum watch_pass_kind {
    WATCH_PASS_FILE,         /* by write(): a file never makes us wait */
    WATCH_PASS_NON_BLOCKING, /* a pipe or terminal: by an open description of our own */
    WATCH_PASS_SOCKET,       /* by send() with MSG_DONTWAIT */
    WATCH_PASS_CAREFUL,      /* a pipe or terminal that we cannot open again: a few bytes
                                at a time, and only if poll() says that it is writable */
};

struct watch_pass {
    int fd; /* -1: output is dropped: nobody wants it, or its reader has gone */
    enum watch_pass_kind kind;
    size_t length;                       /* bytes in `waiting` */
    char waiting[WATCHPASS_WAITING_MAX]; /* output that could not be written yet */
    uint64_t held_up_since_ns;           /* 0: nothing waits */
    uint64_t held_up_ns;                 /* how long output waited earlier, in total */
};

/* Passes output on to `fd`, which stays the caller's. Its flags do not change. -1: drops
 * the output. */
void watchpass_open(struct watch_pass *ret, int fd);

/* Whether there is room for `length` more bytes. */
bool watchpass_has_room(const struct watch_pass *pass, size_t length);

/* Adds bytes and writes what can be written now. The caller checks that there is room. */
void watchpass_write(struct watch_pass *pass, const char *bytes, size_t length);

/* Writes what can be written now. */
void watchpass_flush(struct watch_pass *pass);

/* The descriptor to poll for POLLOUT; -1: nothing waits. */
int watchpass_fd(const struct watch_pass *pass);

/* How long output waited, in total, up to now. */
uint64_t watchpass_held_up_ns(const struct watch_pass *pass);

/* Drops the output that still waits, and all that comes later. */
void watchpass_close(struct watch_pass *pass);

#endif
