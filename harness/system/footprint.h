#ifndef TIDEMARK_HARNESS_FOOTPRINT_H
#define TIDEMARK_HARNESS_FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reason;

/*
 * The memory of a process tree at one instant; bytes, summed over its processes.
 *
 *     footprint = pss_anon - lazyfree + swap_pss + pss_shmem + page_tables
 *
 * is Linux's closest equivalent of macOS's "physical footprint". This header is the seam
 * to the operating system: a port is one more footprint_*.c.
 */
struct footprint {
    uint64_t pss_anon;
    uint64_t lazyfree; /* pages freed by MADV_FREE: in rss until memory is short */
    uint64_t swap_pss;
    uint64_t pss_shmem;
    uint64_t page_tables;
    uint64_t rss;
    uint64_t pss;
    uint64_t pss_file; /* not in the footprint: the kernel can drop it */
    uint64_t anon_huge;
    uint64_t peak_rss; /* sum of VmHWM; an upper bound if there are several processes */
    unsigned processes;
};

/*
 * Reads `root` and its descendants. A descendant that has ended is left out. Any other
 * entry that is unreadable or incomplete is an error (-errno with `reason`), never a
 * zero; `ret` is untouched then.
 */
int footprint_read(pid_t root, struct footprint *ret, struct reason *reason);

/* Reads one process alone. -ESRCH, -ENOENT or -ENODATA if it no longer has memory
 * (footprint_has_ended()); another -errno if it cannot be read. With `reason`. */
int footprint_read_process(pid_t pid, struct footprint *ret, struct reason *reason);

/* Parses the text of a smaps_rollup into its fields of `ret`. -EBADMSG if one is missing
 * or cut off, and -ENODATA if the text is empty: never a zero. `ret` is untouched then.
 */
int footprint_parse_rollup(const char *text, size_t length, struct footprint *ret,
                           struct reason *reason);

/* Whether an error of footprint_read_process() means that the process has ended. */
bool footprint_has_ended(int error);

/* Adds the memory of a tree or process to `sum`. */
void footprint_add(struct footprint *sum, const struct footprint *part);

/* The footprint by the formula above; never below 0. */
uint64_t footprint_bytes(const struct footprint *footprint);

/*
 * What a process tree has run so far, summed over its living threads (page faults: over
 * its living processes). The difference of two readings is what the tree did in between,
 * if no thread ended in between.
 */
struct activity {
    uint64_t cpu_ns;  /* time on a processor, from schedstat */
    uint64_t wakeups; /* how often a thread went to sleep, so that it had to be woken */
    uint64_t minor_faults; /* page faults that needed no disk */
};

/* -errno with `reason`, and `ret` untouched, if a process cannot be read or the tree is
 * too large. A descendant that has ended is left out. */
int footprint_read_activity(pid_t root, struct activity *ret, struct reason *reason);

#endif
