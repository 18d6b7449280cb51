#ifndef TIDEMARK_HARNESS_RECORDING_H
#define TIDEMARK_HARNESS_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raw_head;
struct reason;
struct trace;

/*
 * The folder that the recorder writes (recorder/rawfile.h). These functions make it
 * before the program starts. After the program has ended or crashed, they read it and
 * make traces of it.
 */

/* The raw file of one process image (one more begins after a fork or an exec). */
struct recording_file {
    const struct raw_head *head; /* the whole file, mapped */
    size_t length;               /* of the file, bytes */
    uint64_t calls; /* whole records that are usable; the two of a realloc count as one */
    char program[64];
};

struct recording {
    size_t count;
    struct recording_file *files; /* the one with the most calls first */
    int error;           /* errno of the last chunk that the recorder could not get; 0 */
    uint32_t unrecorded; /* processes for which there was no room for a file */
    uint32_t unreadable; /* raw files that cannot be read: they are not in `files` */
    int read_error;      /* -errno of the last of these */
};

/* What the reader of a trace must know besides its records. */
struct recording_facts {
    uint64_t inherited; /* objects that lived when the process was forked */
    uint64_t strangers; /* frees and reallocs of blocks that are older than the recording.
                           The free is left out; the realloc becomes a malloc */
    uint64_t implied;   /* frees that were not recorded: the address was used again */
    uint64_t missing;   /* calls without a record: the process ended during them */
    uint64_t nested;    /* calls inside a call, by a signal handler: not recorded */
    uint64_t clamped;   /* sizes of 4 GiB and more, which a trace cannot hold */
};

/* Makes `folder` and its control file. All raw files together may take `bytes_max`. 0, or
 * -errno with `reason`. */
int recording_prepare(const char *folder, uint64_t bytes_max, struct reason *reason);

/* Tells the recorder to begin no further chunks. It may finish those that it has. 0 or
 * -errno. */
int recording_stop(const char *folder);

/* Reads the folder. The caller finishes the recording. 0, or -errno with `reason`. */
int recording_open(struct recording *ret, const char *folder, struct reason *reason);
void recording_finish(struct recording *recording);

/*
 * Makes the trace of one file. The trace of a forked process begins with the objects that
 * its parent held at the fork. The caller frees the trace. 0, or -errno with `reason`.
 */
int recording_convert(const struct recording *recording,
                      const struct recording_file *file, struct trace *ret,
                      struct recording_facts *ret_facts, struct reason *reason);

/*
 * Marks where a program went idle. A pause is a time of `pause_ns` or more in which no
 * thread made a call. This inserts an idle record after the last pause that a call
 * follows, before that call. `*ret_at_ns`: when the pause began. False if there is none.
 * A trace has room for one such record, so call this once at most.
 */
bool recording_mark_idle(struct trace *trace, uint64_t pause_ns, uint64_t *ret_at_ns);

/* Removes what the recorder put into the folder, and the folder if nothing else is in it.
 */
void recording_remove(const char *folder);

#endif
