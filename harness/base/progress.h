#ifndef TIDEMARK_HARNESS_PROGRESS_H
#define TIDEMARK_HARNESS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Shows what runs, how far it has come, and how long it will still take. On a terminal it
 * redraws one line; in a log it writes a plain line now and then. The caller estimates
 * the time left.
 */
struct progress {
    FILE *out;
    bool live;
    uint64_t last_log_ns;
    size_t width; /* of the live line in characters, so that the next one covers it */
};

/* `out` stays the caller's. */
void progress_begin(struct progress *ret, FILE *out);

/* `left_s` < 0: the time left is not known yet. In a log most calls print nothing. */
void progress_show(struct progress *progress, const char *what, size_t done, size_t total,
                   double left_s);

/* Prints a line that stays (a failed cell, a new phase), and its line end. */
__attribute__((format(printf, 2, 3))) void progress_say(struct progress *progress,
                                                        const char *format, ...);

/* Erases the live line. */
void progress_end(struct progress *progress);

#endif
