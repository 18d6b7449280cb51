/* The part of an addon that only ebb can serve. conformance/addon.c has what any
 * allocator serves; embed.c opens both as one addon. */
#include <string.h>

#include "ebb.h"

#define ADDON __attribute__((visibility("default")))

ADDON int addon_configure(unsigned delay_ms, const char *thread_name);
ADDON size_t addon_stats(char *buffer, size_t size);
ADDON const char *addon_check_own(void);

int addon_configure(unsigned delay_ms, const char *thread_name) {
    return ebb_configure(&(struct ebb_config){.size = sizeof(struct ebb_config),
                                              .reclaim_delay_ms = delay_ms,
                                              .thread_name = thread_name});
}

size_t addon_stats(char *buffer, size_t size) {
    return ebb_stats(buffer, size);
}

#define CHECK(condition)                                                                 \
    if (!(condition))                                                                    \
    return #condition

const char *addon_check_own(void) {
    for (size_t size = 1; size < 600000; size = size * 3 + 1) {
        unsigned char *zero = ebb_zalloc(size);
        CHECK(zero != NULL && zero[0] == 0 && zero[size - 1] == 0);
        CHECK(ebb_usable_size(zero) == ebb_good_size(size));
        memset(zero, 0xff, size);
        ebb_free_size(zero, size);
    }
    CHECK(ebb_usable_size(NULL) == 0);
    CHECK(strcmp(ebb_version(), EBB_VERSION) == 0);
    return NULL;
}
