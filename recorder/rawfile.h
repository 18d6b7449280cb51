#ifndef TIDEMARK_RECORDER_RAWFILE_H
#define TIDEMARK_RECORDER_RAWFILE_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * What the recorder leaves behind, one folder for a recorded program: the file `control`,
 * which all its processes map, and a file `N.raw` for each process image (one more after
 * a fork, one more after an exec). Made for being written in mapped memory: whatever was
 * stored is in the file, however the process ends. `tidemark record` makes traces of it.
 *
 * A raw file is a head of RAW_HEAD_BYTES and chunks of RAW_CHUNK_BYTES. A chunk is
 * a thread's mapped piece, or the copy of one that was full. A record whose `op` is zero
 * is none; of two with the same order one is a copy.
 */
#define RAW_CONTROL_MAGIC "tiderawC"
#define RAW_FILE_MAGIC "tiderawF"

/* What `tidemark record` tells the recorder. */
#define RAW_FOLDER_VARIABLE "TIDEMARK_RECORD_FOLDER"

enum {
    RAW_HEAD_BYTES = 4096,
    RAW_CHUNK_RECORDS = 2048,
    RAW_TIME_UNIT_NS = 100000,
    RAW_THREADS_MAX = 1 << 16,
    RAW_PROGRAM_MAX = 64,
};

enum raw_op {
    RAW_MALLOC = 1,
    RAW_FREE,
    RAW_CALLOC,
    RAW_ALIGNED,
    RAW_REALLOC_FROM, /* before the call: the old address. The thread's next record is */
    RAW_REALLOC_TO,   /* after it: the new address and size; address 0 where it failed */
};

/*
 * One call. `order` is taken from the process's counter: after the call for what
 * allocates, before it for what frees, so that an address is never seen allocated twice.
 * Written by its thread only; `op` last, with release, so that a record with an operation
 * is whole even if the process was killed.
 */
struct raw_record {
    uint64_t address;
    uint64_t size;
    uint64_t order;
    uint32_t time; /* RAW_TIME_UNIT_NS since the recording began */
    uint16_t thread;
    uint8_t align_log2;
    _Atomic uint8_t op; /* enum raw_op; 0: not written */
};
_Static_assert(sizeof(struct raw_record) == 32, "no padding");

enum { RAW_CHUNK_BYTES = RAW_CHUNK_RECORDS * sizeof(struct raw_record) };

/*
 * The beginning of a raw file, mapped while its process lives. `lost_order` is the order
 * of the first record that found no room: what comes later is not usable. UINT64_MAX:
 * none.
 */
struct raw_head {
    char magic[8];
    uint32_t file;         /* N of its name */
    uint32_t parent_file;  /* that of the process it was forked from; 0: begun by exec */
    uint64_t parent_order; /* what the parent had recorded by then: below this */
    uint32_t pid;
    uint32_t zero;
    _Atomic uint64_t lost_order;
    _Atomic uint64_t
        nested; /* calls made inside a call, by a signal handler: not recorded */
    char program[RAW_PROGRAM_MAX]; /* its file's name */
};
_Static_assert(sizeof(struct raw_head) <= RAW_HEAD_BYTES, "the head has one page");

/* Shared by the processes that are recorded and the one that records. */
struct raw_control {
    char magic[8];
    uint64_t start_ns;            /* CLOCK_MONOTONIC */
    uint64_t bytes_max;           /* of all raw files together */
    _Atomic uint64_t bytes_taken; /* may go beyond bytes_max, the files do not */
    _Atomic uint32_t files;       /* numbers given out */
    _Atomic uint32_t is_stopped;  /* set by `tidemark record`: no more chunks */
    _Atomic int32_t error;        /* errno of the last chunk that could not be had */
    _Atomic uint32_t unrecorded;  /* processes that found no room for their file */
};

#endif
