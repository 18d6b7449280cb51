#ifndef TIDEMARK_HARNESS_WATCHMETER_H
#define TIDEMARK_HARNESS_WATCHMETER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "footprint.h"

/* What is worked out from sample to sample: the peak, quiescence, and the watcher's cost.
 */

/* The highest sums over the tree at one instant. */
struct watch_peak {
    struct footprint memory; /* at the highest footprint */
    double at_ms;
    uint64_t footprint, rss, pss; /* each one's own highest; bytes */
};

void watchpeak_add(struct watch_peak *peak, double at_ms, const struct footprint *memory);

/*
 * CPU use over the last seconds, from a counter that only grows. The ring always reaches
 * back as far as `seconds`, however often it is sampled, since it does not keep samples
 * that are too close together.
 */
enum { WATCH_QUIET_SAMPLES = 512 };

struct watch_instant {
    uint64_t at_ns, cpu_ticks;
};

struct watch_quiet {
    double percent, seconds; /* less than so much of one core over so long is quiet */
    struct watch_instant newest;
    size_t count; /* ever kept; the last WATCH_QUIET_SAMPLES still are */
    struct watch_instant kept[WATCH_QUIET_SAMPLES];
};

void watchquiet_begin(struct watch_quiet *ret, double percent, double seconds);
void watchquiet_add(struct watch_quiet *quiet, uint64_t at_ns, uint64_t cpu_ticks);

/* Whether it is quiet. False while the samples do not reach back so far. */
bool watchquiet_is(const struct watch_quiet *quiet);

/*
 * How many processors were busy with something else than the program, its driver and the
 * watcher, in the mean over the work and over the idle period: the kernel's count of the
 * whole machine less what is known to be theirs. NAN: not known, or over less than
 * WATCH_MACHINE_S.
 */
struct watch_tree;

enum { WATCH_MACHINE_S = 1 };

struct watch_machine {
    uint64_t at_ns; /* since when it is counted */
    double busy_s, own_s;
    double others_work, others_idle; /* processors */
};

void watchmachine_begin(struct watch_machine *ret, const struct watch_tree *tree);
void watchmachine_end_work(struct watch_machine *machine, const struct watch_tree *tree);
void watchmachine_end_idle(struct watch_machine *machine, const struct watch_tree *tree);

/* What watching itself took. */
struct watch_cost {
    uint64_t cpu_ns;      /* of the watcher, all of it */
    uint64_t sampling_ns; /* wall time of the samples */
    uint64_t longest_ns;  /* sample */
    uint64_t wall_ns;
    uint64_t held_up_ns; /* the program's output waited for whoever reads the watcher's */
    size_t samples, stretched; /* stretched: the next one was put off for its length */
};

void watchcost_begin(struct watch_cost *ret);
void watchcost_add(struct watch_cost *cost, uint64_t sample_ns);
void watchcost_end(struct watch_cost *cost, uint64_t wall_ns);

#endif
