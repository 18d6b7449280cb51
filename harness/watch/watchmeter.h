#ifndef TIDEMARK_HARNESS_WATCHMETER_H
#define TIDEMARK_HARNESS_WATCHMETER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "footprint.h"

/* Figures of the samples: the peak, whether the program is quiet, and what watching
 * costs. Also: how busy the rest of the machine is. */

/* The highest sums over the tree at one instant. */
struct watch_peak {
    struct footprint memory; /* at the highest footprint */
    double at_ms;
    uint64_t footprint, rss, pss; /* the highest of each, in whichever sample; bytes */
};

void watchpeak_add(struct watch_peak *peak, double at_ms, const struct footprint *memory);

/* The limit for a quiet program: less than `percent` of one core over `seconds`. */
struct watch_quiet {
    double percent, seconds;
    size_t from; /* index of the last sample that is old enough; 0 at the beginning */
};

/* Whether the program was quiet before the last of `samples`, of which there must be one.
 * False while they do not reach back for `seconds`. */
bool watchquiet_is(struct watch_quiet *quiet, const json_t *samples);

/*
 * How many processors were busy with something other than the program, its driver and the
 * watcher, on average over the work and over the idle period. It is the kernel's count
 * for the whole machine less the CPU time of these processes. NAN: unknown, or the period
 * was shorter than WATCH_MACHINE_S.
 */
struct watch_tree;

enum { WATCH_MACHINE_S = 1 };

struct watch_machine {
    uint64_t at_ns;       /* the beginning of the current period */
    double busy_s, own_s; /* CPU time by then: of the machine, of these processes */
    double others_work, others_idle; /* processors */
};

void watchmachine_begin(struct watch_machine *ret, const struct watch_tree *tree);

/* Ends a period and begins the next. Returns how many processors were busy with something
 * else in the period that ended; NAN: unknown. */
double watchmachine_next(struct watch_machine *machine, const struct watch_tree *tree);

/* What watching itself took. */
struct watch_cost {
    double cpu_s;         /* CPU time of the watcher, not only for sampling */
    uint64_t sampling_ns; /* wall time of all samples and attributions */
    uint64_t longest_ns;  /* wall time of the longest of them */
    uint64_t wall_ns;     /* wall time of the round */
    uint64_t held_up_ns;  /* for how long output waited for a reader of the watcher's */
    size_t stretched;     /* samples that took so long that they delayed the next */
};

void watchcost_begin(struct watch_cost *ret);
/* Adds the time of a sample, or of an attribution after it. */
void watchcost_add(struct watch_cost *cost, uint64_t spent_ns);
void watchcost_end(struct watch_cost *cost, uint64_t wall_ns);

#endif
