#ifndef TIDEMARK_HARNESS_MAPPINGS_H
#define TIDEMARK_HARNESS_MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ranges;
struct reason;

/* The mappings of a process, from /proc/PID/maps or smaps. Sizes are in bytes. */
struct mapping {
    uint64_t start, end;
    bool readable, writable, executable, shared;
    bool has_inode;  /* of a file, a memfd or shared memory: not anonymous */
    bool no_reserve; /* VmFlags nr: MAP_NORESERVE, with which allocators and V8 reserve */
    bool no_huge;    /* VmFlags nh: no huge pages; MAP_STACK sets it since Linux 6.7 */
    bool not_in_child; /* VmFlags dc: MADV_DONTFORK, as V8 sets it */
    const char *name;  /* points into the text: a path, "[heap]", "[anon:...]" or "" */
    uint64_t rss, pss, anonymous, lazyfree, swap_pss;
};

struct mappings {
    char *text; /* owned; names point into it */
    struct mapping *at;
    size_t count;
};

/* Reads smaps, with sizes and flags. -errno with `reason`. footprint_has_ended() says
 * whether the error means that the process has ended. */
int mappings_read(pid_t pid, struct mappings *ret, struct reason *reason);

/* Reads maps, which costs little: sizes are 0 and the flags of VmFlags are not set.
 * -errno. */
int mappings_read_plain(pid_t pid, struct mappings *ret);

/* Parses the text of smaps or maps, and changes it. On success `ret` owns it. -EBADMSG or
 * -ENODATA. */
int mappings_parse(char *text, struct mappings *ret);

/* How many bytes of [start, end) are resident in a process, from its pagemap. -errno;
 * footprint_has_ended() says whether the process has ended. */
int mappings_resident(pid_t pid, uint64_t start, uint64_t end, uint64_t *ret_bytes);

/* Whether the mapping is private memory that belongs to no file. */
bool mapping_is_anonymous(const struct mapping *mapping);

/* The kernel's own pages in the process: [vdso], [vvar], [vsyscall]. */
bool mapping_is_kernel(const struct mapping *mapping);

void mappings_finish(struct mappings *mappings);

#endif
