#include "watchmeter.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "procfile.h"
#include "watchtree.h"

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

/* The least time between kept samples. Half of the ring spans `seconds`, so the oldest
 * kept sample is always old enough. */
static uint64_t spacing_ns(const struct watch_quiet *quiet) {
    return (uint64_t)(quiet->seconds * (double)NS_PER_S) / (WATCH_QUIET_SAMPLES / 2);
}

/* The sample that was kept `back` samples before the last. */
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

/* CPU seconds of all processors together since the machine started; NAN: unknown. */
static double machine_busy_s(void) {
    char path[256], *text;
    uint64_t user, nice, system, idle, iowait, irq, softirq;
    snprintf(path, sizeof path, "%s/stat", procfile_root());
    if (file_read(path, &text, NULL) < 0)
        return NAN;
    int count = sscanf(text,
                       "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                       " %" SCNu64 " %" SCNu64,
                       &user, &nice, &system, &idle, &iowait, &irq, &softirq);
    free(text);
    return count == 7 ? (double)(user + nice + system + irq + softirq) /
                            (double)sysconf(_SC_CLK_TCK)
                      : NAN;
}

static double rusage_s(int whose) {
    struct rusage usage;
    getrusage(whose, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* CPU seconds of the watcher, of the children that it waited for, and of the living
 * processes of program and driver. */
static double own_busy_s(const struct watch_tree *tree) {
    uint64_t ticks = 0;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->at[i].alive && tree->at[i].part != WATCH_STRANGER)
            ticks += tree->at[i].cpu_ticks;
    return rusage_s(RUSAGE_SELF) + rusage_s(RUSAGE_CHILDREN) +
           (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

/* Ends a period and begins the next. Returns how many processors were busy with something
 * else in the period that ended; NAN: unknown. */
static double next_stretch(struct watch_machine *machine, const struct watch_tree *tree) {
    struct watch_machine now = {clock_now_ns(), machine_busy_s(), own_busy_s(tree), NAN,
                                NAN};
    double span_s = (double)(now.at_ns - machine->at_ns) / NS_PER_S;
    double others_s = now.busy_s - machine->busy_s - (now.own_s - machine->own_s);
    machine->at_ns = now.at_ns;
    machine->busy_s = now.busy_s;
    machine->own_s = now.own_s;
    if (span_s < WATCH_MACHINE_S || isnan(others_s))
        return NAN;
    return others_s > 0 ? others_s / span_s : 0; /* both counts are rounded to ticks */
}

void watchmachine_begin(struct watch_machine *ret, const struct watch_tree *tree) {
    *ret = (struct watch_machine){.others_work = NAN, .others_idle = NAN};
    next_stretch(ret, tree);
}

void watchmachine_end_work(struct watch_machine *machine, const struct watch_tree *tree) {
    machine->others_work = next_stretch(machine, tree);
}

void watchmachine_end_idle(struct watch_machine *machine, const struct watch_tree *tree) {
    machine->others_idle = next_stretch(machine, tree);
}

static uint64_t own_cpu_ns(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

void watchcost_begin(struct watch_cost *ret) {
    *ret = (struct watch_cost){.cpu_ns = own_cpu_ns()};
}

void watchcost_add(struct watch_cost *cost, uint64_t spent_ns) {
    cost->sampling_ns += spent_ns;
    if (spent_ns > cost->longest_ns)
        cost->longest_ns = spent_ns;
}

void watchcost_end(struct watch_cost *cost, uint64_t wall_ns) {
    cost->cpu_ns = own_cpu_ns() - cost->cpu_ns;
    cost->wall_ns = wall_ns;
}
