#ifndef TIDEMARK_TRACE_TRACE_H
#define TIDEMARK_TRACE_TRACE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A trace: a recorded sequence of allocator calls, in a file of the format in
 * docs/trace.md. Nothing here calls malloc, so a measured process may read a trace.
 */

enum trace_op {
    TRACE_MALLOC = 1,
    TRACE_FREE,
    TRACE_REALLOC, /* the object keeps its number; `size` is the new one */
    TRACE_CALLOC,
    TRACE_ALIGNED, /* aligned_alloc, posix_memalign, ... */
    TRACE_IDLE,    /* no call: the program's work is done, and it goes idle */
    TRACE_OPS,
};

/*
 * One call. Its place in the array is its place in the order of all threads' calls. In
 * that order every object is allocated before it is freed.
 */
struct trace_record {
    uint64_t time_ns;   /* since the recording began; may be the same for several */
    uint32_t object;    /* below `objects`; a number is used again after a free */
    uint32_t size;      /* requested bytes; 0 for free and idle */
    uint16_t thread;    /* below `threads` */
    uint8_t op;         /* enum trace_op */
    uint8_t align_log2; /* of the requested alignment; 0: malloc's own */
};

struct trace {
    struct trace_record *records;
    size_t count, mapped; /* records in use; records that there is room for */
    uint32_t objects;     /* all object numbers are below; at most 2^28 */
    uint32_t threads;
    uint32_t sample; /* one of so many objects was recorded */
    uint32_t time_unit_ns;
    int is_complete; /* 0: the recorder did not finish the file; this is a prefix */
};

/* Why a trace cannot be used. Names the file and, if there is one, the record. */
struct trace_fault {
    char text[512];
};

enum trace_need { TRACE_WHOLE, TRACE_PREFIX };

/*
 * Reads and checks a trace: every chunk's checksum; that order numbers have no gaps; that
 * a call on an object finds it live, and an allocation does not. If the recorder did not
 * finish the file, TRACE_WHOLE makes that a fault, and TRACE_PREFIX returns the records
 * before the first gap. The caller frees the trace with trace_free(). -errno on failure.
 */
int trace_read(const char *path, enum trace_need need, struct trace *ret,
               struct trace_fault *fault);

/* Checks the records as trace_read() does. -EINVAL if they are wrong; -ENOMEM. */
int trace_check(const struct trace *trace, const char *name, struct trace_fault *fault);

/*
 * Checks a trace with trace_check() and writes it. `level` is zstd's, 1 to 19. Overwrites
 * the file. -errno on failure; an incomplete file may be left then.
 */
int trace_write(const char *path, const struct trace *trace, int level,
                struct trace_fault *fault);

/* Maps a trace of `count` zeroed records. The caller frees it with trace_free(). -ENOMEM
 * if there is no memory. */
int trace_allocate(struct trace *ret, size_t count);
void trace_free(struct trace *trace);

/* "malloc", "free", ... */
const char *trace_op_name(enum trace_op op);

/* Whether the operation obtains a block: malloc, calloc and aligned allocation. */
static inline int trace_op_allocates(unsigned op) {
    return op == TRACE_MALLOC || op == TRACE_CALLOC || op == TRACE_ALIGNED;
}

#endif
