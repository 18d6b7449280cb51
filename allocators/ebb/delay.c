#include "delay.h"

#ifdef EBB_DEBUG

#include <stdlib.h>

#include "atomic.h"
#include "os.h"

/* The longest delay, microseconds; asked for once. */
static unsigned delay_max(void) {
    static _Atomic unsigned known; /* plus one; 0: not asked yet */
    unsigned value = load_relaxed(&known);
    if (value == 0) {
        const char *text = getenv("EBB_DEBUG_DELAY_US");
        long us = text != NULL ? strtol(text, NULL, 10) : 0;
        value = us > 0 && us <= 1000000 ? (unsigned)us + 1 : 1;
        store_relaxed(&known, value);
    }
    return value - 1;
}

void debug_delay(unsigned one_in) {
    static _Atomic uint64_t turns; /* shared, so that no two threads delay in step */
    unsigned max = delay_max();
    if (max == 0)
        return;
    uint64_t random = add_relaxed(&turns, 1) * 0x9e3779b97f4a7c15ull;
    if ((random >> 40 & (one_in - 1)) == 0)
        os_sleep_us((unsigned)(random >> 20) % max + 1);
}

#else
typedef int ebb_delay_is_empty;
#endif
