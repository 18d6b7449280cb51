#include "watchmeter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "procfile.h"
#include "watchrecord.h"
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

static double column(const json_t *samples, size_t index, size_t column) {
    return json_number_value(json_array_get(json_array_get(samples, index), column));
}

bool watchquiet_is(struct watch_quiet *quiet, const json_t *samples) {
    size_t count = json_array_size(samples);
    double limit_ms = 1000 * quiet->seconds,
           now_ms = column(samples, count - 1, WATCH_COLUMN_MS);
    while (quiet->from + 1 < count &&
           now_ms - column(samples, quiet->from + 1, WATCH_COLUMN_MS) >= limit_ms)
        quiet->from++;
    double span_ms = now_ms - column(samples, quiet->from, WATCH_COLUMN_MS),
           used_ms = column(samples, count - 1, WATCH_COLUMN_CPU_MS) -
                     column(samples, quiet->from, WATCH_COLUMN_CPU_MS);
    return span_ms >= limit_ms && used_ms < quiet->percent / 100 * span_ms;
}

/* CPU seconds of all processors together since the machine started; NAN: unknown. */
static double machine_busy_s(void) {
    char path[256], *text;
    double user, nice, system, irq, softirq;
    snprintf(path, sizeof path, "%s/stat", procfile_root());
    if (file_read(path, &text, NULL) < 0)
        return NAN;
    /* the fourth and fifth are time without work: idle, iowait */
    int count = sscanf(text, "cpu %lf %lf %lf %*f %*f %lf %lf", &user, &nice, &system,
                       &irq, &softirq);
    free(text);
    return count == 5
               ? (user + nice + system + irq + softirq) / (double)sysconf(_SC_CLK_TCK)
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

double watchmachine_next(struct watch_machine *machine, const struct watch_tree *tree) {
    uint64_t at_ns = clock_now_ns();
    double busy_s = machine_busy_s(), own_s = own_busy_s(tree);
    double span_s = (double)(at_ns - machine->at_ns) / NS_PER_S;
    double others_s = busy_s - machine->busy_s - (own_s - machine->own_s);
    machine->at_ns = at_ns;
    machine->busy_s = busy_s;
    machine->own_s = own_s;
    if (span_s < WATCH_MACHINE_S || isnan(others_s))
        return NAN;
    return others_s > 0 ? others_s / span_s : 0; /* both counts are rounded to ticks */
}

void watchmachine_begin(struct watch_machine *ret, const struct watch_tree *tree) {
    *ret = (struct watch_machine){.others_work = NAN, .others_idle = NAN};
    watchmachine_next(ret, tree);
}

void watchcost_begin(struct watch_cost *ret) {
    *ret = (struct watch_cost){.cpu_s = rusage_s(RUSAGE_SELF)};
}

void watchcost_add(struct watch_cost *cost, uint64_t spent_ns) {
    cost->sampling_ns += spent_ns;
    if (spent_ns > cost->longest_ns)
        cost->longest_ns = spent_ns;
}

void watchcost_end(struct watch_cost *cost, uint64_t wall_ns) {
    cost->cpu_s = rusage_s(RUSAGE_SELF) - cost->cpu_s;
    cost->wall_ns = wall_ns;
}
