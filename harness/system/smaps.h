#ifndef TIDEMARK_HARNESS_SMAPS_H
#define TIDEMARK_HARNESS_SMAPS_H

#include <stddef.h>
#include <stdint.h>

struct reason;

/* What /proc/PID/smaps_rollup says about one process, in bytes. */
struct smaps_rollup {
    uint64_t rss;
    uint64_t pss;
    uint64_t pss_anon;
    uint64_t pss_file;
    uint64_t pss_shmem;
    uint64_t lazyfree; /* pages freed by MADV_FREE: in rss until memory is short */
    uint64_t swap_pss;
    uint64_t anon_huge;
};

/* Parses the text of a smaps_rollup. -EBADMSG if a field is missing or cut off, and
 * -ENODATA if the text is empty: never a zero. `ret` is untouched then. */
int smaps_parse_rollup(const char *text, size_t length, struct smaps_rollup *ret,
                       struct reason *reason);

#endif
