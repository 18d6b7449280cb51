#ifndef TIDEMARK_RECORDER_RAWFILE_H
#define TIDEMARK_RECORDER_RAWFILE_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * The files that the recorder writes. Each recorded program has one folder. It holds the
 * file `control`, which all processes of the program map, and a file `N.raw` for each
 * process image (one more after a fork, one more after an exec). The files are written
 * through mapped memory: whatever was stored is in the file, however the process ends.
 * `tidemark record` makes traces of them.
 *
 * A raw file is a head of RAW_HEAD_BYTES, then chunks of RAW_CHUNK_BYTES. A chunk is the
 * mapped piece of a thread, or a copy of a full piece. A record with `op` 0 does not
 * count. If two records have the same order, one is a copy.
 */
#define RAW_CONTROL_MAGIC "tiderawC"
#define RAW_FILE_MAGIC "tiderawF"

/* The environment variable in which `tidemark record` names the folder. */
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
    RAW_REALLOC_FROM, /* before the call: old address; _TO is the thread's next record */
    RAW_REALLOC_TO,   /* after it: new address and size; 0: failed, or size 0 freed it */
};

/*
 * One call. `order` comes from a counter of the process. It is taken after a call that
 * allocates and before a call that frees, so that an address never seems to be allocated
 * twice. Only the thread of the record writes it. `op` is written last, with release: a
 * record with an operation is complete even if the process was killed.
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
 * The head of a raw file. The process has it mapped. `lost_order` is the order of the
 * first record that found no room; later records are not usable. UINT64_MAX if no record
 * was lost.
 */
struct raw_head {
    char magic[8];
    uint32_t file;         /* N of its name */
    uint32_t parent_file;  /* N of the process that forked this one; 0: begun by exec */
    uint64_t parent_order; /* the orders below this are records of the parent */
    uint32_t pid;
    uint32_t zero;
    _Atomic uint64_t lost_order;
    _Atomic uint64_t nested; /* calls of a signal handler inside a call: not recorded */
    char program[RAW_PROGRAM_MAX]; /* file name of the program */
};
_Static_assert(sizeof(struct raw_head) <= RAW_HEAD_BYTES, "the head has one page");

/* Shared by the recorded processes and `tidemark record`. */
struct raw_control {
    char magic[8];
    uint64_t start_ns;            /* CLOCK_MONOTONIC */
    uint64_t bytes_max;           /* of all raw files together */
    _Atomic uint64_t bytes_taken; /* may exceed bytes_max; the files do not */
    _Atomic uint32_t files;       /* numbers given out */
    _Atomic uint32_t is_stopped;  /* set by `tidemark record`: give out no more chunks */
    _Atomic int32_t error;        /* errno of the last failure to get a chunk */
    _Atomic uint32_t unrecorded;  /* processes that found no room for their file */
};

#endif
