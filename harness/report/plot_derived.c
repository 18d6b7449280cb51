#include "plot_derived.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "group.h"
#include "plot_draw.h"
#include "report_group.h"
#include "sharing.h"
#include "text.h"

/* Writes the data file and draws the plot. `more` are settings beside those that all
 * plots here have. */
static int draw(const struct group *g, const char *base, const char *template,
                plot_writer *writer, const char *more, struct reason *reason) {
    char path[PATH_MAX], settings[PATH_MAX], name[PLOT_QUOTED_MAX];
    size_t blocks;
    snprintf(path, sizeof path, "%s.dat", base);
    int error = plot_write(path, writer, g, &blocks, reason);
    if (error || blocks == 0)
        return error;
    snprintf(settings, sizeof settings,
             "workload=%s; threads=%u; idle_s=%g; blocks=%zu; %s",
             plot_quoted(g->workload, name, sizeof name), g->threads,
             (double)g->plan->idle_ms / 1000, blocks, more);
    return plot_draw(settings, template, base, reason);
}

/* Begins the block of a variant: a title, after two empty lines. */
static void begin_block(FILE *out, size_t *blocks, const char *name) {
    fprintf(out, "%s\"%s\"\n", (*blocks)++ ? "\n\n" : "", name);
}

/* ---- footprint by idle driver ---- */

static bool has_drivers(const struct group *g) {
    size_t drivers = 0;
    for (int idle = 0; idle < IDLE_DRIVERS; idle++)
        drivers += g->plan->drivers[idle];
    return drivers > 1 && g->plan->memory_rounds > 0;
}

/* One block for each variant, with lines "NUMBER MiB". The number counts the plan's idle
 * drivers from 0. */
static size_t write_drivers(const void *context, FILE *out) {
    const struct group *g = context;
    size_t blocks = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct variant *variant = &g->plan->variants.at[v];
        if (!plot_shows(g->plan, variant) || !group_any(g, variant))
            continue;
        begin_block(out, &blocks, variant->name);
        for (int idle = 0, x = 0; idle < IDLE_DRIVERS; idle++) {
            const struct summary_row *row =
                group_memory(g, variant, (enum idle_driver)idle);
            if (row && row->rounds)
                fprintf(out, "%d %.3f\n", x, row->at[MEASURE_FOOTPRINT] / MIB);
            x += g->plan->drivers[idle];
        }
    }
    return blocks;
}

static double page_floor(const struct group *g) {
    const struct variant *reference =
        variant_find(&g->plan->variants, g->plan->reference);
    const struct summary_row *row = reference ? group_any(g, reference) : NULL;
    return row ? (row->at[MEASURE_BASELINE] + row->at[MEASURE_FLOOR]) / MIB : 0;
}

static int draw_drivers(const struct group *g, const char *base, struct reason *reason) {
    char more[320] = "";
    text_append(more, sizeof more, "floor_mib=%g; drivers='", page_floor(g));
    for (int idle = 0; idle < IDLE_DRIVERS; idle++)
        if (g->plan->drivers[idle])
            text_append(more, sizeof more, "%s ", plan_idle_name((enum idle_driver)idle));
    text_append(more, sizeof more, "'");
    return draw(g, base, "drivers", write_drivers, more, reason);
}

/* ---- sharing factor ---- */

static bool has_threads(const struct group *g) {
    return sharing_is_measured(g->plan);
}

static size_t write_sharing(const void *context, FILE *out) {
    const struct group *g = context;
    size_t blocks = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct variant *variant = &g->plan->variants.at[v];
        if (!plot_shows(g->plan, variant) ||
            sharing_factor(g->summary, g->workload, variant, 1) < 0)
            continue;
        begin_block(out, &blocks, variant->name);
        for (size_t t = 0; t < g->plan->thread_counts; t++) {
            unsigned threads = g->plan->threads[t];
            double factor = sharing_factor(g->summary, g->workload, variant, threads);
            if (factor >= 0)
                fprintf(out, "%u %.4f\n", threads, factor);
        }
    }
    return blocks;
}

static int draw_sharing(const struct group *g, const char *base, struct reason *reason) {
    unsigned most = 1;
    char more[64];
    for (size_t t = 0; t < g->plan->thread_counts; t++)
        if (g->plan->threads[t] > most)
            most = g->plan->threads[t];
    snprintf(more, sizeof more, "most=%u", most);
    return draw(g, base, "sharing", write_sharing, more, reason);
}

/* ---- wake penalty ---- */

static const struct summary_row *wake_row(const struct group *g,
                                          const struct variant *variant) {
    return plot_shows(g->plan, variant) ? group_wake(g, variant, group_any(g, variant))
                                        : NULL;
}

/* One row for each variant: name, wake penalty, thousands of extra page faults. */
static size_t write_wake(const void *context, FILE *out) {
    const struct group *g = context;
    size_t rows = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = wake_row(g, &g->plan->variants.at[v]);
        if (!row)
            continue;
        fprintf(out, "\"%s\" %.4f %.3f\n", row->cell.variant->name,
                row->at[MEASURE_WAKE_PENALTY], row->at[MEASURE_WAKE_FAULTS] / 1000);
        rows++;
    }
    return rows;
}

static bool has_wake(const struct group *g) {
    for (size_t v = 0; v < g->plan->variants.count; v++)
        if (wake_row(g, &g->plan->variants.at[v]))
            return true;
    return false;
}

/* Whether all times come from timed runs on warm or cold memory. Memory runs are not
 * conditioned. */
static bool wake_is_conditioned(const struct group *g) {
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = wake_row(g, &g->plan->variants.at[v]);
        if (row && row->cell.memory == MEMORY_ANY)
            return false;
    }
    return true;
}

static int draw_wake(const struct group *g, const char *base, struct reason *reason) {
    return draw(g, base, "wake", write_wake,
                wake_is_conditioned(g) ? "note=''" : "note=' (on unconditioned memory)'",
                reason);
}

/* ---- footprint per build ---- */

static bool has_builds(const struct group *g) {
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = group_any(g, &g->plan->variants.at[v]);
        if (row && row->ratchet_rounds)
            return true;
    }
    return false;
}

/* One block for each variant, with lines "BUILD MiB": the footprint at the end of the gap
 * after that build. */
static size_t write_builds(const void *context, FILE *out) {
    const struct group *g = context;
    size_t blocks = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct variant *variant = &g->plan->variants.at[v];
        const struct summary_row *row = group_any(g, variant);
        if (!plot_shows(g->plan, variant) || !row || row->ratchet_rounds == 0)
            continue;
        begin_block(out, &blocks, variant->name);
        for (size_t gap = 0;; gap++) {
            const struct result *result = g->summary->result;
            double build = result_median_of(result, &row->cell, reading_gap_build, &gap);
            double bytes =
                result_median_of(result, &row->cell, reading_gap_footprint, &gap);
            if (isnan(build))
                break;
            if (bytes >= 0)
                fprintf(out, "%.0f %.3f\n", build, bytes / MIB);
        }
    }
    return blocks;
}

static int draw_builds(const struct group *g, const char *base, struct reason *reason) {
    char more[64];
    snprintf(more, sizeof more, "floor_mib=%g", page_floor(g));
    return draw(g, base, "builds", write_builds, more, reason);
}

/* ---- all that is compared ---- */

static const struct judgement *judgement_of(const struct group *g,
                                            const struct variant *variant,
                                            const struct measure_series_id *s) {
    const struct summary_row *row = summary_find_series(
        g->summary, s->measure, s->slot, g->workload, variant->name, g->threads);
    const struct judgement *j = row ? &row->versus[s->measure] : NULL;
    return j && j->verdict != VERDICT_NONE && isfinite(j->high) ? j : NULL;
}

/* Writes a line: the number of the series, the ratio, and both ends of its interval. The
 * reference's ratio is 1. False if nothing was compared. */
static bool write_ratio(const struct group *g, const struct variant *variant, size_t n,
                        const struct measure_series_id *s, FILE *out) {
    if (strcmp(variant->name, g->plan->reference) == 0) {
        fprintf(out, "%zu 1 1 1\n", n);
        return true;
    }
    const struct judgement *j = judgement_of(g, variant, s);
    if (j)
        fprintf(out, "%zu %.5f %.5f %.5f\n", n, j->ratio, j->low, j->high);
    return j != NULL;
}

/* One block for each variant. A variant that was not compared gets one line without
 * numbers, so that its block exists. */
static size_t write_ratios(const void *context, FILE *out) {
    const struct group *g = context;
    size_t blocks = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct variant *variant = &g->plan->variants.at[v];
        size_t n = 0;
        bool any = false;
        if (!plot_shows(g->plan, variant))
            continue;
        begin_block(out, &blocks, variant->name);
        for (struct measure_series_id s = MEASURE_BEGIN; measure_next(g->plan, &s);)
            any |= write_ratio(g, variant, n++, &s, out);
        if (!any)
            fputs("0 NaN NaN NaN\n", out);
    }
    return blocks;
}

/* Whether any variant was compared in this group. */
static bool has_ratios(const struct group *g) {
    for (struct measure_series_id s = MEASURE_BEGIN; measure_next(g->plan, &s);)
        for (size_t v = 0; v < g->plan->variants.count; v++)
            if (plot_shows(g->plan, &g->plan->variants.at[v]) &&
                judgement_of(g, &g->plan->variants.at[v], &s))
                return true;
    return false;
}

static int draw_ratios(const struct group *g, const char *base, struct reason *reason) {
    char more[2048] = "", reference[PLOT_QUOTED_MAX];
    text_append(more, sizeof more, "reference=%s; series='",
                plot_quoted(g->plan->reference, reference, sizeof reference));
    for (struct measure_series_id s = MEASURE_BEGIN; measure_next(g->plan, &s);) {
        char name[MEASURE_NAME_MAX];
        measure_series_name(g->plan, s.measure, s.slot, name);
        text_append(more, sizeof more, "%s ", name);
    }
    text_append(more, sizeof more, "'");
    return draw(g, base, "ratios", write_ratios, more, reason);
}

const struct plot_kind plot_derived_kinds[] = {
    {"drivers", "footprint by what the process does while idle", false, has_drivers,
     draw_drivers},
    {"sharing", "peak by number of threads", true, has_threads, draw_sharing},
    {"wake", "what it costs to wake up", false, has_wake, draw_wake},
    {"builds", "footprint after each build", false, has_builds, draw_builds},
    {"ratios", "everything that is compared", false, has_ratios, draw_ratios},
};
const size_t plot_derived_count =
    sizeof plot_derived_kinds / sizeof plot_derived_kinds[0];
