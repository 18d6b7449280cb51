#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "file.h"
#include "plan.h"
#include "reason.h"
#include "record.h"

/* Parses whole lines; `ret_length` is where the last whole one ends. */
static int parse_lines(const char *path, const char *text, size_t length, json_t *records,
                       off_t *ret_length, struct reason *reason) {
    const char *line = text;
    for (int number = 1;; number++) {
        const char *end = memchr(line, '\n', length - (size_t)(line - text));
        if (!end)
            break;
        json_error_t error;
        json_t *record = json_loadb(line, (size_t)(end - line), 0, &error);
        if (!record) {
            reason_set(reason,
                       "line %d of the journal %s is damaged (%s); remove that line to "
                       "continue without its cell",
                       number, path, error.text);
            return -EBADMSG;
        }
        json_array_append_new(records, record);
        line = end + 1;
    }
    *ret_length = line - text;
    return 0;
}

static int read_records(const char *path, json_t **ret_records, off_t *ret_length,
                        struct reason *reason) {
    char *text = NULL;
    size_t length = 0;
    int error = file_read(path, &text, &length);
    if (error) {
        reason_set(reason, "cannot read %s: %s", path, strerror(-error));
        return error;
    }
    json_t *records = json_array();
    error = parse_lines(path, text, length, records, ret_length, reason);
    free(text);
    if (error)
        json_decref(records);
    else
        *ret_records = records;
    return error;
}

int journal_read(const char *path, json_t **ret_records, struct reason *reason) {
    off_t length;
    return read_records(path, ret_records, &length, reason);
}

int journal_open(struct journal *ret, const char *path, struct reason *reason) {
    struct journal journal = {.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
    if (journal.fd < 0) {
        int error = -errno;
        reason_set(reason, "cannot open %s: %s", path, strerror(-error));
        return error;
    }
    int error = 0;
    /* a file system without locks does not stop a run */
    if (flock(journal.fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        error = -EWOULDBLOCK;
        reason_set(reason,
                   "another tidemark is measuring this run: it holds %s; wait until it "
                   "ends, or end it",
                   path);
    }
    if (!error)
        error = read_records(path, &journal.records, &journal.length, reason);
    if (error) {
        close(journal.fd);
        return error;
    }
    if (ftruncate(journal.fd, journal.length) < 0) {
        error = -errno;
        reason_set(reason, "cannot remove the incomplete last line of %s: %s", path,
                   strerror(-error));
        journal_close(&journal);
        return error;
    }
    *ret = journal;
    return 0;
}

static int write_at_end(struct journal *journal, const char *line, size_t length) {
    size_t written = 0;
    while (written < length) {
        ssize_t n = pwrite(journal->fd, line + written, length - written,
                           journal->length + (off_t)written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        written += (size_t)n;
    }
    return fdatasync(journal->fd) < 0 ? -errno : 0;
}

int journal_append(struct journal *journal, json_t *record, struct reason *reason) {
    char *text =
        record ? json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    if (!text) {
        json_decref(record);
        reason_set(reason, "out of memory while recording a cell");
        return -ENOMEM;
    }
    size_t length = strlen(text);
    text[length] = '\n'; /* in the place of its NUL: pwrite is given the length */
    int error = write_at_end(journal, text, length + 1);
    free(text);
    if (error) {
        int untruncated = ftruncate(journal->fd, journal->length) < 0;
        reason_set(reason, "cannot record the cell: %s%s", strerror(-error),
                   untruncated ? " (and its incomplete line could not be removed)" : "");
        json_decref(record);
        return error;
    }
    journal->length += (off_t)length + 1;
    json_array_append_new(journal->records, record);
    return 0;
}

bool journal_has(const struct journal *journal, const struct cell *cell, unsigned round) {
    char key[PLAN_KEY_MAX];
    plan_cell_key(cell, round, key, sizeof key);
    for (size_t i = json_array_size(journal->records); i-- > 0;) {
        const json_t *record = json_array_get(journal->records, i);
        if (strcmp(record_text(record, "key"), key) == 0)
            return record_is_ok(record);
    }
    return false;
}

void journal_close(struct journal *journal) {
    json_decref(journal->records);
    close(journal->fd);
}
