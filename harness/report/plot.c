/* Writes the numbers of each plot. The templates in scripts/plots say how it looks. */
#include "plot.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "file.h"
#include "memcell.h"
#include "plot_draw.h"
#include "plot_points.h"
#include "report_parts.h"
#include "stats.h"
#include "text.h"

/* A group and the idle driver of one panel. */
struct panel {
    const struct group *group;
    enum idle_driver idle;
};

/* The memory row of a variant that plots show; NULL if they do not, or if no round went
 * well. */
static const struct summary_row *shown(const struct group *g, size_t variant,
                                       enum idle_driver idle) {
    const struct variant *v = &g->plan->variants.at[variant];
    const struct summary_row *row = group_memory(g, v, idle);
    return plot_shows(g->plan, v) && row && row->rounds ? row : NULL;
}

/* The same of the first idle driver that was measured. */
static const struct summary_row *shown_any(const struct group *g, size_t variant) {
    const struct variant *v = &g->plan->variants.at[variant];
    return plot_shows(g->plan, v) ? group_any(g, v) : NULL;
}

/* Begins the block of a variant: a title, after two empty lines. */
static void begin_block(FILE *out, size_t *blocks, const char *name) {
    fprintf(out, "%s\"%s\"\n", (*blocks)++ ? "\n\n" : "", name);
}

/* In MiB: baseline + page floor, and baseline + live. Both are medians over variants and
 * idle drivers: one line in a plot stands for all, since allocators' floors differ
 * little. `top` is the highest footprint at the end of the work or of the idle window:
 * all panels of a group share the scale that it sets. */
struct levels {
    double floor, live, top;
};

static struct levels levels_of(const struct group *g) {
    double floors[VARIANTS_MAX * IDLE_DRIVERS], lives[VARIANTS_MAX * IDLE_DRIVERS];
    double top = 0;
    size_t n = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++)
        for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
            const struct summary_row *row = shown(g, v, (enum idle_driver)idle);
            if (!row)
                continue;
            floors[n] = row->at[MEASURE_BASELINE] + row->at[MEASURE_FLOOR];
            lives[n++] = row->at[MEASURE_BASELINE] + row->at[MEASURE_LIVE];
            top = fmax(top, fmax(row->at[MEASURE_END], row->at[MEASURE_FOOTPRINT]));
        }
    if (n == 0)
        return (struct levels){0, 0, 0};
    return (struct levels){stats_median(floors, n) / MIB, stats_median(lives, n) / MIB,
                           top / MIB};
}

/* ---- footprint over idle time ---- */

/* Writes one block for each variant, with lines "seconds MiB". */
static size_t write_return(const void *context, FILE *out) {
    const struct panel *panel = context;
    const struct group *g = panel->group;
    size_t blocks = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = shown(g, v, panel->idle);
        if (!row)
            continue;
        begin_block(out, &blocks, row->cell.variant->name);
        for (uint64_t ms = 0;; ms = memcell_next_sample_ms(ms, g->plan->idle_ms)) {
            double bytes = summary_idle_at(g->summary, &row->cell, ms);
            if (bytes >= 0)
                fprintf(out, "%g %.3f\n", (double)ms / 1000, bytes / MIB);
            if (ms == g->plan->idle_ms)
                break;
        }
    }
    return blocks;
}

static size_t write_decomposition(const void *context, FILE *out) {
    const struct panel *panel = context;
    const struct group *g = panel->group;
    size_t rows = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = shown(g, v, panel->idle);
        if (!row)
            continue;
        fprintf(out, "\"%s\" %.3f %.3f %.3f %.3f\n", row->cell.variant->name,
                row->at[MEASURE_BASELINE] / MIB, row->at[MEASURE_LIVE] / MIB,
                summary_sparse(row) / MIB, fmax(summary_retained(row), 0) / MIB);
        rows++;
    }
    return rows;
}

/* ---- the trade-off ---- */

static size_t write_tradeoff(const void *context, FILE *out) {
    const struct panel *panel = context;
    const struct group *g = panel->group;
    struct plot_point points[VARIANTS_MAX];
    size_t n = 0;
    const struct summary_row *reference =
        group_timed(g, variant_find(&g->plan->variants, g->plan->reference));
    for (size_t v = 0; reference && v < g->plan->variants.count; v++) {
        const struct summary_row *row = shown(g, v, panel->idle);
        const struct summary_row *timed = group_timed(g, &g->plan->variants.at[v]);
        if (row && timed && timed->at[MEASURE_TIME] > 0 &&
            reference->at[MEASURE_TIME] > 0)
            points[n++] = (struct plot_point){
                .name = row->cell.variant->name,
                .throughput = reference->at[MEASURE_TIME] / timed->at[MEASURE_TIME],
                .footprint = row->at[MEASURE_FOOTPRINT] / MIB};
    }
    return plot_write_points(points, n, levels_of(g).top, out);
}

/* ---- ... of all workloads together: of a group whose workload is "" ---- */

/* A variant's ratio to the reference, as judged; 1 for the reference itself; NAN if there
 * is none. */
static double overall_ratio(const struct group *g, const struct summary_overall *overall,
                            enum measure measure, unsigned slot) {
    const struct judgement *judged = &overall->versus[measure][slot];
    if (strcmp(overall->variant->name, g->plan->reference) == 0)
        return measure_has_slot(g->plan, measure, slot) ? 1 : NAN;
    return judged->verdict == VERDICT_NONE ? NAN : judged->ratio;
}

static size_t overall_points(const struct group *g, enum idle_driver idle,
                             struct plot_point *ret) {
    size_t n = 0;
    unsigned memory = plan_main_memory(g->plan, CELL_TIMED);
    for (size_t i = 0; i < g->summary->overall_count; i++) {
        const struct summary_overall *overall = &g->summary->overall[i];
        double time = overall_ratio(g, overall, MEASURE_TIME, memory);
        double footprint = overall_ratio(g, overall, MEASURE_FOOTPRINT, idle);
        if (overall->threads == g->threads && plot_shows(g->plan, overall->variant) &&
            time > 0 && footprint > 0)
            ret[n++] = (struct plot_point){.name = overall->variant->name,
                                           .throughput = 1 / time,
                                           .footprint = footprint};
    }
    return n;
}

static double overall_highest(const struct group *g) {
    struct plot_point dead[VARIANTS_MAX], collect[VARIANTS_MAX];
    return fmax(plot_highest(dead, overall_points(g, IDLE_DEAD, dead)),
                plot_highest(collect, overall_points(g, IDLE_COLLECT, collect)));
}

static size_t write_overall(const void *context, FILE *out) {
    const struct panel *panel = context;
    const struct group *g = panel->group;
    struct plot_point points[VARIANTS_MAX];
    bool several = !*g->workload && summary_workloads(g->plan) > 1;
    size_t n = several ? overall_points(g, panel->idle, points) : 0;
    return plot_write_points(points, n, overall_highest(g), out);
}

static void set_overall(const struct group *g, char *settings, size_t size) {
    text_append(settings, size, "; top_mib=%g", overall_highest(g));
}

/* ---- footprint by idle driver ---- */

/* One block for each variant, with lines "NUMBER MiB". The number counts the plan's idle
 * drivers from 0. */
static size_t write_drivers(const void *context, FILE *out) {
    const struct group *g = ((const struct panel *)context)->group;
    size_t blocks = 0, drivers = 0;
    for (int idle = 0; idle < IDLE_DRIVERS; idle++)
        drivers += g->plan->drivers[idle];
    for (size_t v = 0; drivers > 1 && v < g->plan->variants.count; v++) {
        if (!shown_any(g, v))
            continue;
        begin_block(out, &blocks, g->plan->variants.at[v].name);
        for (int idle = 0, x = 0; idle < IDLE_DRIVERS; idle++) {
            const struct summary_row *row = shown(g, v, (enum idle_driver)idle);
            if (row)
                fprintf(out, "%d %.3f\n", x, row->at[MEASURE_FOOTPRINT] / MIB);
            x += g->plan->drivers[idle];
        }
    }
    return blocks;
}

static void set_drivers(const struct group *g, char *settings, size_t size) {
    text_append(settings, size, "; drivers='");
    for (int idle = 0; idle < IDLE_DRIVERS; idle++)
        if (g->plan->drivers[idle])
            text_append(settings, size, "%s ", plan_idle_name((enum idle_driver)idle));
    text_append(settings, size, "'");
}

/* ---- sharing factor ---- */

static size_t write_sharing(const void *context, FILE *out) {
    struct group group = *((const struct panel *)context)->group;
    size_t blocks = 0;
    for (size_t v = 0; group_has_sharing(group.plan) && v < group.plan->variants.count;
         v++) {
        const struct variant *variant = &group.plan->variants.at[v];
        group.threads = 1;
        if (!plot_shows(group.plan, variant) || isnan(group_sharing(&group, variant)))
            continue;
        begin_block(out, &blocks, variant->name);
        for (size_t t = 0; t < group.plan->thread_counts; t++) {
            group.threads = group.plan->threads[t];
            double factor = group_sharing(&group, variant);
            if (!isnan(factor))
                fprintf(out, "%u %.4f\n", group.threads, factor);
        }
    }
    return blocks;
}

static void set_sharing(const struct group *g, char *settings, size_t size) {
    unsigned most = 1;
    for (size_t t = 0; t < g->plan->thread_counts; t++)
        if (g->plan->threads[t] > most)
            most = g->plan->threads[t];
    text_append(settings, size, "; most=%u", most);
}

/* ---- wake penalty ---- */

static const struct summary_row *wake_row(const struct group *g, size_t variant) {
    const struct variant *v = &g->plan->variants.at[variant];
    return plot_shows(g->plan, v) ? group_wake(g, v, group_any(g, v)) : NULL;
}

/* One row for each variant: name, wake penalty, thousands of extra page faults. */
static size_t write_wake(const void *context, FILE *out) {
    const struct group *g = ((const struct panel *)context)->group;
    size_t rows = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = wake_row(g, v);
        if (!row)
            continue;
        fprintf(out, "\"%s\" %.4f %.3f\n", row->cell.variant->name,
                row->at[MEASURE_WAKE_PENALTY], row->at[MEASURE_WAKE_FAULTS] / 1000);
        rows++;
    }
    return rows;
}

/* Says whether some times do not come from timed runs on warm or cold memory. Memory runs
 * are not conditioned. */
static void set_wake(const struct group *g, char *settings, size_t size) {
    bool unconditioned = false;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = wake_row(g, v);
        unconditioned |= row && row->cell.memory == MEMORY_ANY;
    }
    text_append(settings, size, "; note='%s'",
                unconditioned ? " (on unconditioned memory)" : "");
}

/* ---- footprint per build ---- */

/* One block for each variant, with lines "BUILD MiB": the footprint at the end of the gap
 * after that build. */
static size_t write_builds(const void *context, FILE *out) {
    const struct group *g = ((const struct panel *)context)->group;
    const struct result *result = g->summary->result;
    size_t blocks = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = shown_any(g, v);
        if (!row || row->ratchet_rounds == 0)
            continue;
        begin_block(out, &blocks, row->cell.variant->name);
        for (size_t gap = 0;; gap++) {
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

/* ---- all that is compared ---- */

/* Writes a line: the number of the series, the ratio, and both ends of its interval. The
 * reference's ratio is 1. Returns whether there was a comparison. */
static bool write_ratio(const struct group *g, const struct variant *variant, size_t n,
                        const struct measure_series_id *s, FILE *out) {
    if (strcmp(variant->name, g->plan->reference) == 0) {
        fprintf(out, "%zu 1 1 1\n", n);
        return false;
    }
    const struct summary_row *row = summary_find_series(
        g->summary, s->measure, s->slot, g->workload, variant->name, g->threads);
    const struct judgement *j = row ? &row->versus[s->measure] : NULL;
    if (!j || j->verdict == VERDICT_NONE || !isfinite(j->high))
        return false;
    fprintf(out, "%zu %.5f %.5f %.5f\n", n, j->ratio, j->low, j->high);
    return true;
}

/* One block for each variant. A variant that was not compared gets one line without
 * numbers, so that its block exists. Returns 0 if none was compared. */
static size_t write_ratios(const void *context, FILE *out) {
    const struct group *g = ((const struct panel *)context)->group;
    size_t blocks = 0;
    bool compared = false;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct variant *variant = &g->plan->variants.at[v];
        size_t n = 0;
        bool any = false;
        if (!plot_shows(g->plan, variant))
            continue;
        begin_block(out, &blocks, variant->name);
        for (struct measure_series_id s = MEASURE_BEGIN; measure_next(g->plan, &s);)
            any |= write_ratio(g, variant, n++, &s, out);
        if (!any && strcmp(variant->name, g->plan->reference) != 0)
            fputs("0 NaN NaN NaN\n", out);
        compared |= any;
    }
    return compared ? blocks : 0;
}

static void set_ratios(const struct group *g, char *settings, size_t size) {
    text_append(settings, size, "; series='");
    for (struct measure_series_id s = MEASURE_BEGIN; measure_next(g->plan, &s);) {
        char name[MEASURE_NAME_MAX];
        measure_series_name(g->plan, s.measure, s.slot, name);
        text_append(settings, size, "%s ", name);
    }
    text_append(settings, size, "'");
}

/* ---- drawing ---- */

/* The kinds of plot. A run has a plot of a group if its writer finds figures. */
static const struct kind {
    const char *name;     /* of the files: NAME-WORKLOAD-THREADS */
    const char *template; /* scripts/plots/TEMPLATE.gp */
    const char *caption;  /* in the report */
    unsigned answers;     /* the plot with the highest number answers first */
    bool has_panels;      /* one for each of the drivers dead and collect */
    bool is_of_workload;  /* shows all numbers of threads: drawn only for the first */
    plot_writer *write;   /* gets a struct panel */
    /* Appends what the template needs beside what all plots have; or NULL. */
    void (*set)(const struct group *group, char *settings, size_t size);
} kinds[] = {
    {"overall", "tradeoff", "throughput against idle footprint", 3, true, false,
     write_overall, set_overall},
    {"return", "return", "footprint over idle time", 1, true, false, write_return, NULL},
    {"decomposition", "decomposition", "what the footprint consists of", 0, true, false,
     write_decomposition, NULL},
    {"tradeoff", "tradeoff", "throughput against idle footprint", 2, true, false,
     write_tradeoff, NULL},
    {"drivers", "drivers", "footprint by what the process does while idle", 0, false,
     false, write_drivers, set_drivers},
    {"sharing", "sharing", "peak by number of threads", 0, false, true, write_sharing,
     set_sharing},
    {"wake", "wake", "what it costs to wake up", 0, false, false, write_wake, set_wake},
    {"builds", "builds", "footprint after each build", 0, false, false, write_builds,
     NULL},
    {"ratios", "ratios", "everything that is compared", 0, false, false, write_ratios,
     set_ratios},
};

enum {
    KINDS = sizeof kinds / sizeof kinds[0],
    PLOTS_MAX = KINDS * (1 + PLAN_WORKLOADS_MAX) * PLAN_THREADS_MAX
};

struct plot {
    const struct kind *kind;
    struct group group;
    /* KIND-WORKLOAD-THREADS, or KIND-THREADS for all workloads together */
    char name[128];
};

/* The idle drivers that have a panel. A plot without panels has one data file. */
static const enum idle_driver panels[] = {IDLE_DEAD, IDLE_COLLECT};

static size_t count_files(const struct kind *kind) {
    return kind->has_panels ? sizeof panels / sizeof panels[0] : 1;
}

/* Whether there are figures for a plot: its writer says so. What it writes is not kept.
 */
static bool has_figures(const struct plot *plot) {
    FILE *nowhere = fopen("/dev/null", "w");
    size_t blocks = 0;
    for (size_t i = 0; nowhere && i < count_files(plot->kind); i++)
        blocks += plot->kind->write(&(struct panel){&plot->group, panels[i]}, nowhere);
    if (nowhere)
        fclose(nowhere);
    return blocks > 0;
}

/* Lists the plots that a run has: first those of all workloads together. */
static size_t list_plots(const struct summary *summary, struct plot *ret) {
    const struct plan *plan = &summary->result->plan;
    size_t n = 0;
    for (size_t w = 0; w <= plan->workload_count; w++)
        for (size_t t = 0; t < plan->thread_counts; t++)
            for (size_t k = 0; k < KINDS; k++) {
                const char *workload = w ? plan->workloads[w - 1].name : "";
                struct plot *plot = &ret[n];
                *plot = (struct plot){
                    &kinds[k], {summary, plan, workload, plan->threads[t]}, ""};
                snprintf(plot->name, sizeof plot->name, "%s%s%s-%u", kinds[k].name,
                         *workload ? "-" : "", workload, plan->threads[t]);
                n += (t == 0 || !kinds[k].is_of_workload) && has_figures(plot);
            }
    return n;
}

/* Writes the data of a plot and draws it in both formats. */
static int draw(const struct plot *plot, const char *folder, struct reason *reason) {
    const struct kind *kind = plot->kind;
    const struct group *g = &plot->group;
    char base[PATH_MAX - 64], settings[PATH_MAX], quoted[2][PLOT_QUOTED_MAX];
    size_t blocks[] = {0, 0};
    snprintf(base, sizeof base, "%s/%s", folder, plot->name);
    for (size_t i = 0; i < count_files(kind); i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s%s%s.dat", base, kind->has_panels ? "-" : "",
                 kind->has_panels ? plan_idle_name(panels[i]) : "");
        int error = plot_write(path, kind->write, &(struct panel){g, panels[i]},
                               &blocks[i], reason);
        if (error)
            return error;
    }
    struct levels levels = levels_of(g);
    snprintf(settings, sizeof settings,
             "workload=%s; together=%d; threads=%u; idle_s=%g; reference=%s; blocks=%zu; "
             "dead=%zu; collect=%zu; floor_mib=%g; live_mib=%g; top_mib=%g",
             plot_quoted(*g->workload ? g->workload : "all workloads", quoted[0],
                         sizeof quoted[0]),
             !*g->workload, g->threads, (double)g->plan->idle_ms / 1000,
             plot_quoted(g->plan->reference, quoted[1], sizeof quoted[1]), blocks[0],
             blocks[0], blocks[1], levels.floor, levels.live, levels.top);
    if (kind->set)
        kind->set(g, settings, sizeof settings);
    return plot_draw(settings, kind->template, base, reason);
}

int plot_all(const struct summary *summary, const char *folder, struct reason *reason) {
    struct plot plots[PLOTS_MAX];
    char path[PATH_MAX - 256];
    snprintf(path, sizeof path, "%s/" RESULT_PLOTS, folder);
    int error = file_make_directories(path, reason);
    size_t n = error ? 0 : list_plots(summary, plots);
    for (size_t i = 0; !error && i < n; i++)
        error = draw(&plots[i], path, reason);
    return error;
}

void plot_link(const struct summary *summary, bool is_first, FILE *out) {
    struct plot plots[PLOTS_MAX];
    size_t n = list_plots(summary, plots), first = 0;
    for (size_t i = 1; i < n; i++)
        if (plots[i].kind->answers > plots[first].kind->answers)
            first = i;
    for (size_t i = 0; i < n; i++)
        if ((i == first) == is_first) {
            const struct group *g = &plots[i].group;
            fprintf(out, "![%s, %u thread%s: %s](" RESULT_PLOTS "/%s.png)\n",
                    *g->workload ? g->workload : "all workloads",
                    REPORT_THREADS(g->threads), plots[i].kind->caption, plots[i].name);
        }
}
