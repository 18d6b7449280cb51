#ifndef TIDEMARK_HARNESS_MAPPINGS_H
#define TIDEMARK_HARNESS_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ranges;
struct reason;

/* The mappings of a process, as /proc/PID/maps and smaps tell them; bytes. */
struct mapping {
    uint64_t start, end;
    bool readable, writable, executable, shared;
    bool has_inode;    /* of a file, a memfd, shared memory: not anonymous */
    bool no_reserve;   /* VmFlags nr: MAP_NORESERVE, as allocators and V8 reserve */
    bool no_huge;      /* nh: as MAP_STACK since Linux 6.7 */
    bool not_in_child; /* dc: MADV_DONTFORK, as V8 does */
    const char *name;  /* in the text: a path, "[heap]", "[anon:...]" or empty */
    uint64_t rss, pss, anonymous, lazyfree, swap_pss;
};

struct mappings {
    char *text; /* owned; names point into it */
    struct mapping *at;
    size_t count;
};

/* Reads smaps, with sizes and flags. -errno with `reason`; as footprint_has_ended(). */
int mappings_read(pid_t pid, struct mappings *ret, struct reason *reason);

/* Reads maps alone, which costs little: sizes are 0 and flags are not set. */
int mappings_read_plain(pid_t pid, struct mappings *ret);

/* Parses either text (taken over in success, and changed); -EBADMSG, -ENODATA, -ENOMEM.
 */
int mappings_parse(char *text, struct mappings *ret);

/*
 * How many bytes of [start, end) are resident in a process, by its pagemap. -errno; as
 * footprint_has_ended().
 */
int mappings_resident(pid_t pid, uint64_t start, uint64_t end, uint64_t *ret_bytes);

/* Whether memory of this mapping belongs to no file. */
bool mapping_is_anonymous(const struct mapping *mapping);

/* The kernel's own pages in the process: [vdso], [vvar], [vsyscall]. */
bool mapping_is_kernel(const struct mapping *mapping);

void mappings_finish(struct mappings *mappings);

#endif
