#ifndef TIDEMARK_HARNESS_ATTRIBUTION_H
#define TIDEMARK_HARNESS_ATTRIBUTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ranges;
struct reason;

/*
 * Says whose memory it is. Each mapping of a process belongs to one class. The evidence
 * is what the kernel says of the mapping: its name, permissions, flags, size and
 * neighbours. Without evidence the class is ATTRIBUTION_RESERVED or
 * ATTRIBUTION_ANONYMOUS; nothing is guessed. docs/watch.md lists the evidence for each
 * class.
 */
enum attribution_class {
    ATTRIBUTION_BRK,       /* [heap] */
    ATTRIBUTION_ARENA,     /* an allocator's reservation */
    ATTRIBUTION_RESERVED,  /* MAP_NORESERVE, owner unknown: an allocator or a runtime */
    ATTRIBUTION_ANONYMOUS, /* other private anonymous memory, owner unknown */
    ATTRIBUTION_JIT,       /* code made at run time: executable now or earlier */
    ATTRIBUTION_V8,        /* JavaScript heap */
    ATTRIBUTION_WASM,      /* linear memory of WebAssembly */
    ATTRIBUTION_GO,        /* Go's heap */
    ATTRIBUTION_STACK,
    ATTRIBUTION_SHARED,    /* memfd, System V, /dev/shm, shared anonymous */
    ATTRIBUTION_FILE_TEXT, /* executable pages of files */
    ATTRIBUTION_FILE_DATA, /* other pages of files, and private copies of them */
    ATTRIBUTION_PAGE_TABLES,
    ATTRIBUTION_CLASSES,
};

/* The name of a class in results ("jit"), its title in tables ("JIT code"), and what it
 * means for the choice of an allocator. */
extern const struct attribution_name {
    const char *key, *title, *remark;
} attribution_names[ATTRIBUTION_CLASSES];

struct attribution_sum {
    uint64_t footprint, rss, pss; /* bytes */
    size_t mappings;
};

/* The mappings of a class that have one name: that of a library, a file, or a kind of
 * evidence. */
enum { ATTRIBUTION_NAME_MAX = 96 };

struct attribution_part {
    enum attribution_class group;
    char name[ATTRIBUTION_NAME_MAX];
    struct attribution_sum sum;
};

struct attribution {
    struct attribution_sum classes[ATTRIBUTION_CLASSES];
    struct attribution_part *parts; /* owned */
    size_t part_count;
    json_t *code; /* owned; its keys are the files whose code ran in a process with
                     reserved memory of unknown owner. NULL: none */
};

/* The member in which attribution_to_json() lists these files, for watchinside.h. */
#define ATTRIBUTION_CODE "code"

/*
 * Adds the memory of a process. `formerly` has the anonymous addresses that were
 * executable at some time. 0, or -errno with `reason`. footprint_has_ended() tells
 * whether the error means that the process has ended.
 */
int attribution_add_process(struct attribution *attribution, pid_t pid,
                            const struct ranges *formerly, struct reason *reason);

/*
 * Adds the anonymous addresses of a process that are executable now to `executable`, and
 * removes those that are not mapped any more. If `library` is not NULL and is mapped,
 * sets `*ret_has_library`; never clears it. Changes nothing if the process is unreadable.
 */
void attribution_look(pid_t pid, struct ranges *executable, const char *library,
                      bool *ret_has_library);

/* The classes and the largest parts, as a checkpoint's record has them. Sorts the parts.
 * NULL without memory. */
json_t *attribution_to_json(struct attribution *attribution);

void attribution_finish(struct attribution *attribution);

#endif
