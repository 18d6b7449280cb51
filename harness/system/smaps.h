#ifndef TIDEMARK_HARNESS_SMAPS_H
#define TIDEMARK_HARNESS_SMAPS_H

#include <stddef.h>
#include <stdint.h>

struct reason;

/* What /proc/PID/smaps_rollup says of one process; bytes. */
struct smaps_rollup {
    uint64_t rss;
    uint64_t pss;
    uint64_t pss_anon;
    uint64_t pss_file;
    uint64_t pss_shmem;
    uint64_t lazyfree; /* MADV_FREE'd pages, still in rss until there is pressure */
    uint64_t swap_pss;
    uint64_t anon_huge;
};

/*
 * Parses the text of a smaps_rollup. A missing or cut field is -EBADMSG and a text
 * without content is -ENODATA, never a zero; `ret` is then untouched.
 */
int smaps_parse_rollup(const char *text, size_t length, struct smaps_rollup *ret,
                       struct reason *reason);

#endif
