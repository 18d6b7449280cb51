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
 * Says whose memory it is. Each mapping of a process belongs to one class, by what the
 * kernel says of it (its name, permissions, flags, size and neighbours). If that does not
 * decide, the class is ATTRIBUTION_RESERVED or ATTRIBUTION_ANONYMOUS; nothing is guessed.
 * docs/watch.md lists the evidence for each class.
 */
enum attribution_class {
    ATTRIBUTION_BRK,       /* [heap] */
    ATTRIBUTION_ARENA,     /* an allocator's reservation */
    ATTRIBUTION_RESERVED,  /* without swap: an allocator's, or some runtime's heap */
    ATTRIBUTION_ANONYMOUS, /* private, whose could not be told */
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

struct attribution_sum {
    uint64_t footprint, rss, pss;
    size_t mappings;
};

/* A part of a class under one name: a library, a file, a kind of evidence. */
enum { ATTRIBUTION_NAME_MAX = 96 };

struct attribution_part {
    enum attribution_class group;
    char name[ATTRIBUTION_NAME_MAX];
    struct attribution_sum sum;
};

struct attribution {
    struct attribution_sum classes[ATTRIBUTION_CLASSES];
    struct attribution_part *parts; /* owned */
    size_t part_count, part_capacity;
    json_t *code; /* the files whose code ran beside reserved memory; NULL: none */
};

/* Where attribution_to_json() puts these files, for watchinside.h. */
#define ATTRIBUTION_CODE "code"

/*
 * Adds a process. `formerly` are the anonymous addresses that were executable at some
 * time. -errno with `reason`; as footprint_has_ended().
 */
int attribution_add_process(struct attribution *attribution, pid_t pid,
                            const struct ranges *formerly, struct reason *reason);

/*
 * Notes which anonymous addresses of a process are executable now, and forgets those that
 * are not mapped any more. Where `library` is not NULL, tells whether it is mapped. An
 * unreadable process is left as it is.
 */
void attribution_look(pid_t pid, struct ranges *executable, const char *library,
                      bool *ret_has_library);

/* The classes, and the largest parts, for a checkpoint. NULL without memory. */
json_t *attribution_to_json(struct attribution *attribution);

/* "jit" in results, "JIT code" in tables, and what it means for a choice of allocator. */
const char *attribution_key(enum attribution_class group);
const char *attribution_title(enum attribution_class group);
const char *attribution_remark(enum attribution_class group);

void attribution_finish(struct attribution *attribution);

#endif
