#ifndef TIDEMARK_HARNESS_RECORDING_H
#define TIDEMARK_HARNESS_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raw_control;
struct reason;
struct trace;

/*
 * The folder that the recorder writes (recorder/rawfile.h). These functions make it
 * before the program starts. After the program has ended, in whatever way, they read it
 * and make traces of it.
 */
enum { RECORDING_FILES_MAX = 4096 };

/* What one process image left. */
struct recording_file {
    uint32_t file, pid, parent_file; /* N of its name; 0: not begun by a fork */
    uint64_t parent_order;
    const struct raw_head *head; /* the whole file, mapped */
    size_t length;
    uint64_t calls; /* whole records, less those that found no room */
    bool is_cut;    /* the disk bound, or the disk, ended it */
    char program[64];
};

struct recording {
    size_t count;
    struct recording_file *files; /* the one with the most calls first */
    bool is_truncated;            /* there were more than RECORDING_FILES_MAX */
    int error;                    /* errno of the last piece that could not be had */
    uint32_t unrecorded;          /* processes that found no room for a file */
};

/* What is worth knowing of one trace besides its records. */
struct recording_facts {
    uint64_t inherited; /* objects that lived when the process was forked */
    uint64_t
        strangers; /* frees and reallocs of blocks from before the recording: left out */
    uint64_t implied; /* frees that are not recorded, but the address was used again */
    uint64_t missing; /* records that the end of the process came in between */
    uint64_t nested;  /* calls inside a call, by a signal handler: not recorded */
    uint64_t clamped; /* sizes of 4 GiB and more, which a trace cannot hold */
};

/* Makes `folder` and its control file, for `bytes_max` of raw files. -errno. */
int recording_prepare(const char *folder, uint64_t bytes_max, struct reason *reason);

/* From now on no process may write more. -errno. */
int recording_stop(const char *folder, struct reason *reason);

/* Reads what is in the folder. -errno with `reason`; the caller finishes it. */
int recording_open(struct recording *ret, const char *folder, struct reason *reason);
void recording_finish(struct recording *recording);

/*
 * The trace of one of the files. A forked process's begins with the objects that its
 * parent held at the fork. -errno with `reason`; the caller frees the trace.
 */
int recording_convert(const struct recording *recording,
                      const struct recording_file *file, struct trace *ret,
                      struct recording_facts *ret_facts, struct reason *reason);

/*
 * Marks where a program went idle: puts an idle record before the first call after the
 * trace's last pause of `pause_ns` or more in which no thread made a call. False where
 * there is no such pause; `ret_at_ns`: when it began. At most once for a trace.
 */
bool recording_mark_idle(struct trace *trace, uint64_t pause_ns, uint64_t *ret_at_ns);

/* Removes the folder and what the recorder put there. */
int recording_remove(const char *folder);

#endif
