#ifndef TIDEMARK_TRACE_TRACE_H
#define TIDEMARK_TRACE_TRACE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A recorded sequence of allocator calls: read from and written to a file of the format
 * in docs/trace.md. Nothing here calls malloc, so that a measured process may read one.
 */

enum trace_op {
    TRACE_MALLOC = 1,
    TRACE_FREE,
    TRACE_REALLOC, /* the object keeps its number; `size` is the new one */
    TRACE_CALLOC,
    TRACE_ALIGNED, /* aligned_alloc, posix_memalign, ... */
    TRACE_IDLE,    /* no call: the program's work is done, it goes idle */
    TRACE_OPS,
};

/*
 * One call. Its place in the array is its place in the global order, in which every
 * object is allocated before it is freed.
 */
struct trace_record {
    uint64_t time_ns;   /* since the recording began; may be coarser than the order */
    uint32_t object;    /* below `objects`; a number is used again after its free */
    uint32_t size;      /* requested bytes; 0 for free and idle */
    uint16_t thread;    /* below `threads` */
    uint8_t op;         /* enum trace_op */
    uint8_t align_log2; /* of what was asked for; 0: malloc's own */
};

struct trace {
    struct trace_record *records;
    size_t count, mapped; /* records that are there; that there is room for */
    uint32_t objects;     /* object numbers in use, at most 2^28 */
    uint32_t threads;
    uint32_t sample; /* one in so many objects was recorded */
    uint32_t time_unit_ns;
    int is_complete; /* 0: the recorder did not live to finish it; a prefix is there */
};

/* Why a trace cannot be used, naming the file and the record. */
struct trace_fault {
    char text[512];
};

enum trace_need { TRACE_WHOLE, TRACE_PREFIX };

/*
 * Reads and checks a trace: every chunk's checksum, that order numbers have no gaps, that
 * objects are allocated once and freed once. A file that a recorder did not finish is a
 * fault with TRACE_WHOLE; with TRACE_PREFIX what precedes the first gap is returned. The
 * caller frees it with trace_free(). -errno on failure.
 */
int trace_read(const char *path, enum trace_need need, struct trace *ret,
               struct trace_fault *fault);

/* Checks the records as trace_read() does. -EINVAL on failure. */
int trace_check(const struct trace *trace, const char *name, struct trace_fault *fault);

/*
 * Writes a whole trace, which must pass trace_check(); `level` is zstd's, 1 to 19. A file
 * that is there is overwritten. -errno on failure.
 */
int trace_write(const char *path, const struct trace *trace, int level,
                struct trace_fault *fault);

/* Room for `count` records, zeroed; -ENOMEM where there is none. */
int trace_allocate(struct trace *ret, size_t count);
void trace_free(struct trace *trace);

/* "malloc", "free", ... */
const char *trace_op_name(enum trace_op op);

/* What obtains a block: malloc, calloc and aligned allocation. */
static inline int trace_op_allocates(unsigned op) {
    return op == TRACE_MALLOC || op == TRACE_CALLOC || op == TRACE_ALIGNED;
}

#endif
