/* The figures of measures.def that are derived from a reading (reading.h). */
#include <math.h>
#include <stdlib.h>

#include "heap.h"
#include "reading.h"
#include "stats.h"

/*
 * The return curve in four figures. An allocator that neither moves nor shares memory
 * cannot go below the floor:
 *
 *     floor = baseline + page floor,    excess(t) = footprint(t) - floor
 *
 *     t50, t90   the first sample at which at least 50 % (90 %) of the excess at the end
 *                of the work is gone; INFINITY if that does not happen within the window.
 *                The first sample can differ from the end of the work, since a collect
 *                call can come before it
 *     residual   excess at the end of the window; it can be below 0, since the page floor
 *                counts pages that were never written
 *     area       integral of max(excess, 0) over the window, by the trapezoid rule: the
 *                cost of the memory that is kept, in byte seconds
 */
static double excess(const struct reading *r, double footprint) {
    return footprint - r->at[MEASURE_BASELINE] - r->at[MEASURE_FLOOR];
}

/* Whether every sample of the curve was readable. */
static bool is_whole(const struct reading *r) {
    double sum = 0;
    for (size_t i = 0; i < r->sample_count; i++)
        sum += r->samples[i].s + r->samples[i].footprint;
    return r->sample_count > 0 && !isnan(sum);
}

static double time_until_gone(const struct reading *r, double share) {
    double at_end = excess(r, r->at[MEASURE_END]), goal = fmax(at_end, 0) * (1 - share);
    if (!is_whole(r) || isnan(at_end))
        return NAN;
    for (size_t i = 0; i < r->sample_count; i++)
        if (excess(r, r->samples[i].footprint) <= goal)
            return r->samples[i].s;
    return INFINITY;
}

double reading_t50(const struct reading *r) {
    return time_until_gone(r, 0.5);
}

double reading_t90(const struct reading *r) {
    return time_until_gone(r, 0.9);
}

double reading_residual(const struct reading *r) {
    size_t n = r->sample_count;
    return n ? excess(r, r->samples[n - 1].footprint) : NAN;
}

double reading_area(const struct reading *r) {
    double area = !is_whole(r) || isnan(reading_residual(r)) ? NAN : 0;
    for (size_t i = 1; i < r->sample_count; i++) {
        const struct reading_sample *from = &r->samples[i - 1], *to = &r->samples[i];
        area +=
            (to->s - from->s) *
            (fmax(excess(r, from->footprint), 0) + fmax(excess(r, to->footprint), 0)) / 2;
    }
    return area;
}

/* The median of values; NAN if one is, or without any. */
static double median(double *values, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (isnan(values[i]))
            return NAN;
    return n ? stats_median(values, n) : NAN;
}

/*
 * The ratchet: how many bytes a process grows with every build. Each idle gap is a point:
 * the footprint at its end, and the number of the build before it. The ratchet is the
 * median of the slopes between all pairs of points (Theil 1950, Sen 1968), so one strange
 * gap does not bend it. Its interval comes from the rounds (summary.h).
 */
double reading_ratchet(const struct reading *r) {
    double *slopes = heap_new(r->gap_count * r->gap_count / 2, sizeof *slopes);
    size_t n = 0;
    for (size_t i = 0; i < r->gap_count; i++)
        for (size_t k = i + 1; k < r->gap_count; k++) {
            double builds = r->gaps[k].build - r->gaps[i].build;
            if (builds != 0)
                slopes[n++] = (r->gaps[k].footprint - r->gaps[i].footprint) / builds;
        }
    double ratchet = median(slopes, n);
    free(slopes);
    return ratchet;
}

double reading_growth(const struct reading *r) {
    if (r->gap_count < 2 || !(r->gaps[0].footprint > 0))
        return NAN;
    return r->gaps[r->gap_count - 1].footprint / r->gaps[0].footprint;
}

double reading_faults_a_build(const struct reading *r) {
    return r->build_count ? r->at[MEASURE_FAULTS] / (double)r->build_count : NAN;
}

double reading_ops_a_second(const struct reading *r) {
    return r->at[MEASURE_WORK] > 0 ? r->at[MEASURE_OPS] / (r->at[MEASURE_WORK] / 1e9)
                                   : NAN;
}

double reading_instructions(const struct reading *r) {
    return r->at[MEASURE_OPS] > 0 ? r->at[MEASURE_COUNTED] / r->at[MEASURE_OPS] : NAN;
}

/*
 * The wake penalty: what it costs to have given memory back.
 *
 *     penalty = median wall time of the builds after an idle gap
 *               / median wall time of the warm builds
 *     faults  = median of their page faults - that of the warm builds
 *
 * A build is warm if it follows another without a gap. The first build of a process
 * counts as neither, since everything is new to it.
 */
static double wall_ns(const struct reading_build *build) {
    return build->wall_ns;
}

static double faults(const struct reading_build *build) {
    return build->minor_faults;
}

/* The median of a figure of the builds after a gap, or of the warm ones; NAN without any.
 */
static double median_of(const struct reading *r, bool after_gap,
                        double (*get)(const struct reading_build *build)) {
    double values[r->build_count + 1];
    size_t n = 0;
    for (size_t i = 1; i < r->build_count; i++)
        if ((r->builds[i].idle_ms > 0) == after_gap)
            values[n++] = get(&r->builds[i]);
    return median(values, n);
}

double reading_wake_penalty(const struct reading *r) {
    double warm_ns = median_of(r, false, wall_ns);
    return warm_ns > 0 ? median_of(r, true, wall_ns) / warm_ns : NAN;
}

double reading_wake_faults(const struct reading *r) {
    return median_of(r, true, faults) - median_of(r, false, faults);
}
