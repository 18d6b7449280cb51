#include "smaps.h"

#include <errno.h>
#include <string.h>

#include "procfile.h"
#include "reason.h"

int smaps_parse_rollup(const char *text, size_t length, struct smaps_rollup *ret,
                       struct reason *reason) {
    if (length == 0) {
        reason_set(reason, "smaps_rollup is empty: the process has no memory any more");
        return -ENODATA;
    }
    if (memchr(text, '\0', length)) {
        reason_set(reason, "smaps_rollup holds a NUL byte");
        return -EBADMSG;
    }
    struct smaps_rollup parsed;
    const struct {
        const char *name;
        uint64_t *value;
    } fields[] = {
        {"Rss", &parsed.rss},
        {"Pss", &parsed.pss},
        {"Pss_Anon", &parsed.pss_anon},
        {"Pss_File", &parsed.pss_file},
        {"Pss_Shmem", &parsed.pss_shmem},
        {"LazyFree", &parsed.lazyfree},
        {"SwapPss", &parsed.swap_pss},
        {"AnonHugePages", &parsed.anon_huge},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (!procfile_kib_field(text, fields[i].name, fields[i].value)) {
            reason_set(reason,
                       "smaps_rollup has no complete line \"%s: <number> kB\": it is "
                       "truncated, or the kernel is older than 5.9",
                       fields[i].name);
            return -EBADMSG;
        }
    }
    *ret = parsed;
    return 0;
}
