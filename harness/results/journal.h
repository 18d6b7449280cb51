#ifndef TIDEMARK_HARNESS_JOURNAL_H
#define TIDEMARK_HARNESS_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct cell;
struct reason;

/*
 * The run's records on disk, one JSON object per line. Each is synced before the next
 * cell begins. So whatever ends the run (Ctrl-C, kill, a full disk, a power cut), at most
 * the cell that was being measured is lost.
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
 * Opens or creates the journal and reads what it holds. Removes a last line that is
 * incomplete. -errno with `reason` on failure, also if an earlier line is damaged, or if
 * another process has the journal open (-EWOULDBLOCK): both would write at one place.
 */
int journal_open(struct journal *ret, const char *path, struct reason *reason);

/* Reads a journal without changing it; the caller owns the array. */
int journal_read(const char *path, json_t **ret_records, struct reason *reason);

/*
 * Appends a record and syncs. Takes over the caller's reference, even on failure. If the
 * record cannot be written whole (a full disk), removes what was written of it.
 */
int journal_append(struct journal *journal, json_t *record, struct reason *reason);

/* Whether the last record of a cell in this round is good. (A failed cell that was
 * resumed has more than one record.) */
bool journal_has(const struct journal *journal, const struct cell *cell, unsigned round);

void journal_close(struct journal *journal);

#endif
