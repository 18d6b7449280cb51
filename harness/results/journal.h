#ifndef TIDEMARK_HARNESS_JOURNAL_H
#define TIDEMARK_HARNESS_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct reason;

/*
 * The run's memory on disk: one JSON object a line, each synced before the next cell
 * begins, so that whatever ends the run (Ctrl-C, kill, full disk, power) takes at most
 * the cell that was being measured.
 *
 * Invariant: the file's first `length` bytes are whole lines, and `records` is their
 * content.
 */
struct journal {
    int fd;
    off_t length;
    json_t *records; /* array, in the order of writing */
};

/*
 * Opens or creates the journal and reads what it holds; a last line that was cut off is
 * dropped from the file. -errno with `reason` on failure, also for a damaged earlier
 * line.
 */
int journal_open(struct journal *ret, const char *path, struct reason *reason);

/* Reads a journal without changing it; the caller owns the array. */
int journal_read(const char *path, json_t **ret_records, struct reason *reason);

/*
 * Appends a record (taking over the caller's reference, on failure too) and syncs. If it
 * cannot be written whole (a full disk), what was written of it is taken away again.
 */
int journal_append(struct journal *journal, json_t *record, struct reason *reason);

void journal_close(struct journal *journal);

#endif
