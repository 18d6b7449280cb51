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

void watchquiet_begin(struct watch_quiet *ret, double percent, double seconds) {
    *ret = (struct watch_quiet){.percent = percent, .seconds = seconds};
}

/* Half of the ring spans the time, so that the oldest kept is always far enough back. */
static uint64_t spacing_ns(const struct watch_quiet *quiet) {
    return (uint64_t)(quiet->seconds * (double)NS_PER_S) / (WATCH_QUIET_SAMPLES / 2);
}

/* The one that was kept so many before the last. */
static const struct watch_instant *kept_before(const struct watch_quiet *quiet,
                                               size_t back) {
    return &quiet->kept[(quiet->count - 1 - back) % WATCH_QUIET_SAMPLES];
}

void watchquiet_add(struct watch_quiet *quiet, uint64_t at_ns, uint64_t cpu_ticks) {
    quiet->newest = (struct watch_instant){at_ns, cpu_ticks};
    if (quiet->count == 0 || at_ns - kept_before(quiet, 0)->at_ns >= spacing_ns(quiet))
        quiet->kept[quiet->count++ % WATCH_QUIET_SAMPLES] = quiet->newest;
}

bool watchquiet_is(const struct watch_quiet *quiet) {
    size_t kept = quiet->count < WATCH_QUIET_SAMPLES ? quiet->count : WATCH_QUIET_SAMPLES;
    for (size_t back = 0; back < kept; back++) {
        const struct watch_instant *then = kept_before(quiet, back);
        double span_s = (double)(quiet->newest.at_ns - then->at_ns) / NS_PER_S;
        if (span_s < quiet->seconds)
            continue;
        double used_s = (double)(quiet->newest.cpu_ticks - then->cpu_ticks) /
                        (double)sysconf(_SC_CLK_TCK);
        return used_s < quiet->percent / 100 * span_s;
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
