#ifndef TIDEMARK_HARNESS_SUMMARY_H
#define TIDEMARK_HARNESS_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "counts.h"
#include "judge.h"
#include "result.h"

/*
 * A run's readings summed up: for every cell the medians over its rounds, and its
 * comparison with the reference variant, paired within rounds. The reading of a failed
 * cell is never part of a number; its row says why it failed.
 */

/* Why a cell has fewer rounds than planned; the texts live in the result. */
struct summary_fault {
    size_t failed;              /* rounds */
    const char *fault, *reason; /* of the first; NULL: none failed */
};

/* A call of a latency cell: medians over the rounds, but `max` is the largest, and the
 * counts from LATENCY_OVER on are sums. */
struct summary_call {
    size_t rounds; /* in which there was such a call */
    double figure[LATENCY_FIGURES];
};

struct summary_row {
    struct cell cell;
    size_t rounds; /* that went well */
    struct summary_fault fault;
    double at[MEASURES]; /* medians over the rounds; NAN: no round has it */
    /* For the measures that have a series of this cell (measure_is_of()). */
    struct judgement versus[MEASURES];
    size_t outliers; /* of a timed cell: rounds whose wall time is an outlier */
    /* Of a memory cell: how many rounds have MEASURE_RATCHET (0: the workload has no
     * gaps), and the 95 % interval of their median. */
    size_t ratchet_rounds;
    double ratchet_low, ratchet_high;
    struct summary_call calls[LATENCY_CALLS]; /* of a latency cell */
    size_t syscall_rounds;                    /* of a syscalls cell: rounds with counts */
    double syscalls[1 + SYSCALLS_COLUMNS];    /* calls a build; the first: of all names */
};

/*
 * A memory cell's footprint after the idle period is
 *
 *     footprint = baseline + live + sparse + retained,   page floor = live + sparse
 *
 * where retained is what is left: freed, unpinned, and not given back. Bytes.
 */
double summary_sparse(const struct summary_row *row);
double summary_retained(const struct summary_row *row);

/* The excess at the end of the work. Bytes. */
double summary_excess(const struct summary_row *row);

/*
 * A variant over all workloads except controls, at one number of threads. Within each
 * round it takes the geometric mean of the ratios to the reference; the means are then
 * judged like any other comparison. A round counts only if every workload has its pair in
 * it.
 */
struct summary_overall {
    const struct variant *variant;
    unsigned threads;
    struct judgement versus[MEASURES][MEASURE_SLOTS];
};

/* How many workloads that takes in. */
size_t summary_workloads(const struct plan *plan);

struct summary {
    const struct result *result;
    struct summary_overall *overall; /* by threads, then variant */
    size_t overall_count;
    struct summary_row *rows[CELL_KINDS]; /* as plan_cells() lists them */
    size_t counts[CELL_KINDS];
    size_t failed;   /* readings that failed */
    size_t missing;  /* cells and rounds of the plan without a record */
    double active_s; /* summed over all readings: wall times of timed cells, active times
                        of the others, and the time to bring memory into its condition */
};

/* The result must outlive the summary, which points into it. */
void summary_make(struct summary *ret, const struct result *result);
void summary_finish(struct summary *summary);

/* The row that has the figures of a series; NULL if the plan has no such cell. */
const struct summary_row *summary_find_series(const struct summary *summary,
                                              enum measure measure, unsigned slot,
                                              const char *workload, const char *variant,
                                              unsigned threads);

/* The row of any cell; NULL likewise. */
const struct summary_row *summary_find(const struct summary *summary,
                                       const struct cell *cell);

/*
 * The median footprint of a memory cell at the sample that was due after `due_ms` of idle
 * time; NAN where no round has such a sample.
 */
double summary_idle_at(const struct summary *summary, const struct cell *cell,
                       uint64_t due_ms);

#endif
