#include "wake.h"

#include "stats.h"

struct medians {
    double wall_ns, faults;
};

/* Of the builds after a gap, or of those without one. */
static bool medians_of(const struct wake_build *builds, size_t n, bool after_gap,
                       struct medians *ret) {
    double walls[n + 1], faults[n + 1];
    size_t found = 0;
    for (size_t i = 1; i < n; i++) {
        if ((builds[i].idle_ms > 0) != after_gap)
            continue;
        walls[found] = builds[i].wall_ns;
        faults[found++] = builds[i].minor_faults;
    }
    if (found)
        *ret = (struct medians){stats_median(walls, found), stats_median(faults, found)};
    return found > 0;
}

bool wake_of(const struct wake_build *builds, size_t n, struct wake *ret) {
    struct medians woken, warm;
    if (!medians_of(builds, n, true, &woken) || !medians_of(builds, n, false, &warm) ||
        warm.wall_ns <= 0)
        return false;
    *ret = (struct wake){woken.wall_ns / warm.wall_ns, woken.faults - warm.faults};
    return true;
}
