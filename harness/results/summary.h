#ifndef TIDEMARK_HARNESS_SUMMARY_H
#define TIDEMARK_HARNESS_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "instructions.h"
#include "latency_calls.h"
#include "result.h"
#include "stats.h"
#include "syscalls.h"

/*
 * What a run's raw records come to: for every cell the medians over its rounds, and its
 * comparison with the reference variant, paired within rounds. A record that failed is
 * never part of a number; its row says why.
 */

/* Why a cell has fewer rounds than planned; the texts live in the result. */
struct summary_fault {
    size_t failed;              /* rounds */
    const char *fault, *reason; /* of the first; NULL: none failed */
};

/*
 * A memory cell; bytes, medians over the rounds. The decomposition is
 *
 *     footprint = baseline + live + sparse + retained,   page floor = live + sparse
 *
 * where retained is what is left: freed, unpinned, and not given back.
 */
struct summary_memory {
    struct cell cell;
    size_t rounds; /* that went well */
    struct summary_fault fault;
    double baseline, live, floor, peak, peak_rss, end, idle, anon_huge;
    double sparse, retained;
    /* Derived: curve.h, wake.h, ratchet.h, activity.h. A negative time or number: not
     * known; a wake penalty of 0: the workload has no gaps. */
    double t50_s, t90_s, residual, area;
    double idle_cpu_ns, idle_wakeups;
    double wake_penalty, wake_faults;
    size_t ratchet_rounds;                     /* 0: the workload has no gaps */
    double ratchet, ratchet_low, ratchet_high; /* bytes a build, with its 95 % interval */
    struct stats_comparison idle_versus, peak_versus;
};

/* A timed cell; seconds, medians over the rounds. */
struct summary_timed {
    struct cell cell;
    size_t rounds;
    struct summary_fault fault;
    double wall, user, sys, faults, ops_per_s;
    double wake_penalty, wake_faults; /* as above */
    size_t outliers;                  /* rounds whose wall time is one */
    struct stats_comparison wall_versus;
};

/* A latency cell. */
struct summary_latency {
    struct cell cell;
    size_t rounds;
    struct summary_fault fault;
    struct latency_call calls[LATENCY_CALLS];
};

/* A syscalls cell; calls a build, of all names and of those in syscalls_columns, and
 * minor page faults a build. */
struct summary_syscalls {
    struct cell cell;
    size_t rounds;
    struct summary_fault fault;
    double total, columns[SYSCALLS_COLUMNS], faults;
};

/* An instructions cell: of the whole process, per operation of the workload. */
struct summary_instructions {
    struct cell cell;
    size_t rounds;
    struct summary_fault fault;
    struct instructions count;
};

/*
 * A variant over all workloads that are no controls, at one number of threads: within
 * each round the geometric mean of the ratios to the reference, then as any other
 * comparison. A round counts only if every workload has its pair in it.
 */
struct summary_overall {
    const struct variant *variant;
    unsigned threads;
    struct stats_comparison time, time_cold, peak,
        idle[IDLE_DRIVERS]; /* cold: beside warm */
};

struct summary {
    const struct result *result;
    struct summary_overall *overall; /* by threads, then variant */
    size_t overall_count;
    struct summary_memory *memory;
    size_t memory_count;
    struct summary_timed *timed;
    size_t timed_count;
    struct summary_latency *latency;
    size_t latency_count;
    struct summary_syscalls *syscalls;
    size_t syscalls_count;
    struct summary_instructions *instructions;
    size_t instructions_count;
    size_t failed;   /* records that failed, those with a differing checksum included */
    size_t missing;  /* cells and rounds of the plan without a record */
    double active_s; /* Σ of what was measured: timed walls and memory runs' active parts,
                        with what it took to bring memory into its condition */
};

/* -ENOMEM, or 0. The result must outlive the summary, which points into it. */
int summary_make(struct summary *ret, const struct result *result);
void summary_finish(struct summary *summary);

/* Rows by cell; NULL where the plan has no such cell. A timed row: on memory in the
 * condition that the run's main table is about. */
const struct summary_memory *summary_find_memory(const struct summary *summary,
                                                 const char *workload,
                                                 const char *variant, unsigned threads,
                                                 enum idle_driver idle);
const struct summary_timed *summary_find_timed(const struct summary *summary,
                                               const char *workload, const char *variant,
                                               unsigned threads);
const struct summary_timed *summary_find_timed_on(const struct summary *summary,
                                                  const char *workload,
                                                  const char *variant, unsigned threads,
                                                  enum memory_condition memory);

/*
 * The median footprint of a memory cell at the sample that was due after `due_ms` of idle
 * time; negative where no round has such a sample.
 */
double summary_idle_at(const struct summary *summary, const struct cell *cell,
                       uint64_t due_ms);

/* The median footprint at the end of the gap after a build; negative likewise. */
double summary_gap_at(const struct summary *summary, const struct cell *cell,
                      unsigned build);

#endif
