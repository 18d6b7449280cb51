/* See watchmeter.h. */
#include "watchmeter.h"

#include <time.h>
#include <unistd.h>

#include "clock.h"

void watchpeak_add(struct watch_peak *peak, double at_ms,
                   const struct footprint *memory) {
    uint64_t footprint = footprint_bytes(memory);
    if (footprint > peak->footprint) {
        peak->footprint = footprint;
        peak->memory = *memory;
        peak->at_ms = at_ms;
    }
    if (memory->rss > peak->rss)
        peak->rss = memory->rss;
    if (memory->pss > peak->pss)
        peak->pss = memory->pss;
}

void watchquiet_add(struct watch_quiet *quiet, uint64_t at_ns, uint64_t cpu_ticks) {
    size_t slot = quiet->count++ % WATCH_QUIET_SAMPLES;
    quiet->at[slot].at_ns = at_ns;
    quiet->at[slot].cpu_ticks = cpu_ticks;
}

bool watchquiet_is(const struct watch_quiet *quiet, double percent, double seconds) {
    if (quiet->count == 0)
        return false;
    size_t newest = (quiet->count - 1) % WATCH_QUIET_SAMPLES;
    size_t kept = quiet->count < WATCH_QUIET_SAMPLES ? quiet->count : WATCH_QUIET_SAMPLES;
    for (size_t back = 1; back < kept; back++) {
        size_t slot = (quiet->count - 1 - back) % WATCH_QUIET_SAMPLES;
        double span_s =
            (double)(quiet->at[newest].at_ns - quiet->at[slot].at_ns) / NS_PER_S;
        if (span_s < seconds)
            continue;
        double used_s =
            (double)(quiet->at[newest].cpu_ticks - quiet->at[slot].cpu_ticks) /
            (double)sysconf(_SC_CLK_TCK);
        return used_s < percent / 100 * span_s;
    }
    return false;
}

static uint64_t own_cpu_ns(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

void watchcost_begin(struct watch_cost *ret) {
    *ret = (struct watch_cost){.cpu_ns = own_cpu_ns()};
}

void watchcost_add(struct watch_cost *cost, uint64_t sample_ns) {
    cost->samples++;
    cost->sampling_ns += sample_ns;
    if (sample_ns > cost->longest_ns)
        cost->longest_ns = sample_ns;
}

void watchcost_end(struct watch_cost *cost, uint64_t wall_ns) {
    cost->cpu_ns = own_cpu_ns() - cost->cpu_ns;
    cost->wall_ns = wall_ns;
}
