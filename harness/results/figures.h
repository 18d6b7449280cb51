#ifndef TIDEMARK_HARNESS_FIGURES_H
#define TIDEMARK_HARNESS_FIGURES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell;
struct result;

/*
 * The figures of one record, and a figure over the rounds of a cell. A figure returns
 * false, with `ret` untouched, where the record does not have it.
 */
typedef bool figure(const json_t *record, double *ret);

/* Memory records: bytes. Idle: at the end of the idle period. */
figure figure_baseline, figure_live, figure_floor, figure_end, figure_idle, figure_peak,
    figure_peak_rss, figure_anon_huge;

/* Memory records, derived: see curve.h, ratchet.h, activity.h (the whole idle period). */
figure figure_t50_s, figure_t90_s, figure_residual, figure_area, figure_ratchet,
    figure_idle_cpu_ns, figure_idle_wakeups;

/* Timed records. */
figure figure_wall, figure_user, figure_sys, figure_faults, figure_ops_per_s;

/* Of any kind: minor page faults of the workload's builds, over their number. */
figure figure_faults_a_build;

/* Of either kind, where the workload has gaps between its builds: see wake.h. */
figure figure_wake_penalty, figure_wake_faults;

/* The footprint at the sample that was due after `due_ms` of idle time. */
bool figure_sample_at(const json_t *record, uint64_t due_ms, double *ret);

/* The footprint at the end of the gap after a build. */
bool figure_gap_at(const json_t *record, uint64_t build, double *ret);

/* The figure in every round of the cell that went well; returns how many. */
size_t figures_over_rounds(const struct result *result, const struct cell *cell,
                           figure *get, double *ret_values);

/* Their median; `none` where there is no such round. */
double figures_median(const struct result *result, const struct cell *cell, figure *get,
                      double none);

/* The derived figures of a memory record, for results.json: those that it has. */
json_t *figures_derived_to_json(const json_t *record);

#endif
