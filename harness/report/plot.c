/* Writes the numbers of each plot. The templates in scripts/plots say how it looks. */
#include "plot.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "group.h"
#include "memcell.h"
#include "plot_derived.h"
#include "plot_draw.h"
#include "reason.h"
#include "report_group.h"
#include "stats.h"
#include "units.h"

#define PLOT_ROOM                                                                        \
    1.1 /* scripts/plots/common.gp: how much higher than the data an axis is */
#define OVERALL "overall" /* the kind of the plots of all workloads together */

/* A group and the idle driver of one panel. */
struct panel {
    const struct group *group;
    enum idle_driver idle;
};

/* MiB of baseline + page floor, or of baseline + live: the median over variants and idle
 * drivers. One line in the plot stands for all, since allocators' floors differ little.
 */
static double middle(const struct group *f, bool with_floor) {
    double values[VARIANTS_MAX * IDLE_DRIVERS];
    size_t n = 0;
    for (size_t v = 0; v < f->plan->variants.count; v++)
        for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
            const struct summary_row *row =
                group_memory(f, &f->plan->variants.at[v], (enum idle_driver)idle);
            if (row && row->rounds)
                values[n++] =
                    row->at[MEASURE_BASELINE] +
                    (with_floor ? row->at[MEASURE_FLOOR] : row->at[MEASURE_LIVE]);
        }
    return n ? stats_median(values, n) / MIB : 0;
}

/* The highest footprint at the end of the work or of the idle window, in MiB. All panels
 * of a group share the scale that it sets. */
static double highest(const struct group *f) {
    double most = 0;
    for (size_t v = 0; v < f->plan->variants.count; v++)
        for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
            const struct summary_row *row =
                group_memory(f, &f->plan->variants.at[v], (enum idle_driver)idle);
            if (row && row->rounds && row->at[MEASURE_END] > most)
                most = row->at[MEASURE_END];
            if (row && row->rounds && row->at[MEASURE_FOOTPRINT] > most)
                most = row->at[MEASURE_FOOTPRINT];
        }
    return most / MIB;
}

/* Writes one block for each variant: a title, then lines "seconds MiB". Two empty lines
 * separate blocks. */
static size_t write_return(const void *context, FILE *out) {
    const struct panel *panel = context;
    const struct group *f = panel->group;
    enum idle_driver idle = panel->idle;
    size_t blocks = 0;
    for (size_t v = 0; v < f->plan->variants.count; v++) {
        const struct variant *variant = &f->plan->variants.at[v];
        const struct summary_row *row = group_memory(f, variant, idle);
        if (!plot_shows(f->plan, variant) || !row || row->rounds == 0)
            continue;
        fprintf(out, "%s\"%s\"\n", blocks++ ? "\n\n" : "", variant->name);
        for (uint64_t ms = 0;; ms = memcell_next_sample_ms(ms, f->plan->idle_ms)) {
            double bytes = summary_idle_at(f->summary, &row->cell, ms);
            if (bytes >= 0)
                fprintf(out, "%g %.3f\n", (double)ms / 1000, bytes / MIB);
            if (ms == f->plan->idle_ms)
                break;
        }
    }
    return blocks;
}

static size_t write_decomposition(const void *context, FILE *out) {
    const struct panel *panel = context;
    const struct group *f = panel->group;
    enum idle_driver idle = panel->idle;
    size_t rows = 0;
    for (size_t v = 0; v < f->plan->variants.count; v++) {
        const struct variant *variant = &f->plan->variants.at[v];
        const struct summary_row *row = group_memory(f, variant, idle);
        if (!plot_shows(f->plan, variant) || !row || row->rounds == 0)
            continue;
        double retained = summary_retained(row) > 0 ? summary_retained(row) : 0;
        fprintf(out, "\"%s\" %.3f %.3f %.3f %.3f\n", variant->name,
                row->at[MEASURE_BASELINE] / MIB, row->at[MEASURE_LIVE] / MIB,
                summary_sparse(row) / MIB, retained / MIB);
        rows++;
    }
    return rows;
}

/* ---- the trade-off ---- */

struct point {
    const char *name;
    double throughput, footprint; /* the first is relative to the reference; the second is
                                     in MiB, or relative, too */
    double label;                 /* where its name stands, on the axis of `footprint` */
    bool is_on_front;
};

/* Whether no other point is at least as fast and at least as small, and better in one of
 * the two. */
static bool is_on_front(const struct point *points, size_t n, size_t i) {
    for (size_t k = 0; k < n; k++)
        if (points[k].throughput >= points[i].throughput &&
            points[k].footprint <= points[i].footprint &&
            (points[k].throughput > points[i].throughput ||
             points[k].footprint < points[i].footprint))
            return false;
    return true;
}

static int by_throughput(const void *a, const void *b) {
    const struct point *x = a, *y = b;
    return (x->throughput > y->throughput) - (x->throughput < y->throughput);
}

static int by_footprint(const void *a, const void *b) {
    const struct point *x = a, *y = b;
    return (x->footprint > y->footprint) - (x->footprint < y->footprint);
}

/* Places the names in a column at the right, in the order of the footprints and far
 * enough apart to be read. The axis ends at `top`. */
static void place_labels(struct point *points, size_t n, double top) {
    double apart = 0.055 * top, free_from = 0;
    qsort(points, n, sizeof *points, by_footprint);
    for (size_t i = 0; i < n; i++) {
        points[i].label =
            points[i].footprint > free_from ? points[i].footprint : free_from;
        free_from = points[i].label + apart;
    }
    double free_to = top;
    for (size_t i = n; i-- > 0; free_to = points[i].label - apart)
        if (points[i].label > free_to)
            points[i].label = free_to;
}

/* Writes two blocks. The first has all points: name, place, where the name stands, and
 * whether the point is on the Pareto front. The second has the points of the front,
 * slowest first. */
static size_t write_points(struct point *points, size_t n, double top, FILE *out) {
    place_labels(points, n, top);
    for (size_t i = 0; i < n; i++)
        points[i].is_on_front = is_on_front(points, n, i);
    qsort(points, n, sizeof *points, by_throughput);
    double least = n ? points[0].throughput : 0;
    double most = n ? points[n - 1].throughput : 0;
    for (size_t i = 0; i < n; i++)
        fprintf(out, "\"%s\" %.4f %.3f %.4f %.3f %d\n", points[i].name,
                points[i].throughput, points[i].footprint,
                most + 0.12 * (most - least) + 0.01 * most, points[i].label,
                points[i].is_on_front);
    fputs("\n\n", out);
    for (size_t i = 0; i < n; i++)
        if (points[i].is_on_front)
            fprintf(out, "\"%s\" %.4f %.3f\n", points[i].name, points[i].throughput,
                    points[i].footprint);
    return n;
}

static size_t write_tradeoff(const void *context, FILE *out) {
    const struct panel *panel = context;
    const struct group *f = panel->group;
    enum idle_driver idle = panel->idle;
    struct point points[VARIANTS_MAX];
    size_t n = 0;
    const struct summary_row *reference =
        summary_find_timed(f->summary, f->workload, f->plan->reference, f->threads);
    for (size_t v = 0; v < f->plan->variants.count; v++) {
        const struct variant *variant = &f->plan->variants.at[v];
        const struct summary_row *row = group_memory(f, variant, idle);
        const struct summary_row *timed = group_timed(f, variant);
        if (!plot_shows(f->plan, variant) || !row || row->rounds == 0 || !timed ||
            timed->at[MEASURE_TIME] <= 0 || !reference ||
            reference->at[MEASURE_TIME] <= 0)
            continue;
        points[n++] = (struct point){.name = variant->name,
                                     .throughput = reference->at[MEASURE_TIME] /
                                                   timed->at[MEASURE_TIME],
                                     .footprint = row->at[MEASURE_FOOTPRINT] / MIB};
    }
    return write_points(points, n, highest(f) * PLOT_ROOM, out);
}

/* ---- ... of all workloads together ---- */

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
                             struct point *ret) {
    size_t n = 0;
    unsigned memory = plan_main_memory(g->plan, CELL_TIMED);
    for (size_t i = 0; i < g->summary->overall_count; i++) {
        const struct summary_overall *overall = &g->summary->overall[i];
        double time = overall_ratio(g, overall, MEASURE_TIME, memory);
        double footprint = overall_ratio(g, overall, MEASURE_FOOTPRINT, idle);
        if (overall->threads == g->threads && plot_shows(g->plan, overall->variant) &&
            time > 0 && footprint > 0)
            ret[n++] = (struct point){.name = overall->variant->name,
                                      .throughput = 1 / time,
                                      .footprint = footprint};
    }
    return n;
}

static double overall_highest(const struct group *g) {
    struct point points[VARIANTS_MAX];
    double most = 0;
    for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
        size_t n = overall_points(g, (enum idle_driver)idle, points);
        for (size_t i = 0; (idle == IDLE_DEAD || idle == IDLE_COLLECT) && i < n; i++)
            most = fmax(most, points[i].footprint);
    }
    return most;
}

static size_t write_overall(const void *context, FILE *out) {
    const struct panel *panel = context;
    struct point points[VARIANTS_MAX];
    size_t n = overall_points(panel->group, panel->idle, points);
    return write_points(points, n, overall_highest(panel->group) * PLOT_ROOM, out);
}

/* ---- drawing ---- */

/* FOLDER/plots/KIND-WORKLOAD-THREADS, or FOLDER/plots/KIND-THREADS for all workloads
 * together; without an extension. */
static void plot_base(const struct group *group, const char *folder, const char *kind,
                      char *buffer, size_t size) {
    snprintf(buffer, size, "%s/" RESULT_PLOTS "/%s%s%s-%u", folder, kind,
             *group->workload ? "-" : "", group->workload, group->threads);
}

/* Draws one plot in both formats. Each idle driver has its own data file. */
static int draw(const struct group *f, const char *folder, const char *kind,
                plot_writer *writer, struct reason *reason) {
    char base[PATH_MAX - 64], settings[PATH_MAX], names[2][PLOT_QUOTED_MAX];
    plot_base(f, folder, kind, base, sizeof base);
    size_t blocks[IDLE_DRIVERS] = {0};
    for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
        char path[PATH_MAX];
        struct panel panel = {f, (enum idle_driver)idle};
        snprintf(path, sizeof path, "%s-%s.dat", base,
                 plan_idle_name((enum idle_driver)idle));
        int error = plot_write(path, writer, &panel, &blocks[idle], reason);
        if (error)
            return error;
    }
    if (blocks[IDLE_DEAD] + blocks[IDLE_COLLECT] == 0)
        return 0; /* nothing was measured: the report says so */
    bool together = !*f->workload;
    snprintf(
        settings, sizeof settings,
        "workload=%s; threads=%u; idle_s=%g; dead=%zu; collect=%zu; "
        "floor_mib=%g; live_mib=%g; top_mib=%g; reference=%s; together=%d",
        plot_quoted(together ? "all workloads" : f->workload, names[0], sizeof names[0]),
        f->threads, (double)f->plan->idle_ms / 1000, blocks[IDLE_DEAD],
        blocks[IDLE_COLLECT], together ? 0 : middle(f, true),
        together ? 0 : middle(f, false), together ? overall_highest(f) : highest(f),
        plot_quoted(f->plan->reference, names[1], sizeof names[1]), together);
    return plot_draw(settings, together ? "tradeoff" : kind, base, reason);
}

/* ---- of one switch ---- */

static double switch_highest(const struct plot_switch *which) {
    double most = 0;
    for (size_t i = 0; i < which->count; i++)
        most = fmax(most, which->places[i].footprint);
    return most;
}

static size_t write_switch(const void *context, FILE *out) {
    const struct plot_switch *which = context;
    struct point points[VARIANTS_MAX];
    for (size_t i = 0; i < which->count; i++)
        points[i] = (struct point){.name = which->places[i].name,
                                   .throughput = which->places[i].throughput,
                                   .footprint = which->places[i].footprint};
    return write_points(points, which->count, switch_highest(which) * PLOT_ROOM, out);
}

int plot_switch(const struct plot_switch *which, const char *base,
                struct reason *reason) {
    char path[PATH_MAX], settings[PATH_MAX], texts[4][PLOT_QUOTED_MAX];
    size_t places;
    snprintf(path, sizeof path, "%s-dead.dat", base);
    int error = plot_write(path, write_switch, which, &places, reason);
    if (error)
        return error;
    snprintf(settings, sizeof settings,
             "change=%s; reference=%s; to=%s; panel=%s; together=1; dead=%zu; top_mib=%g",
             plot_quoted(which->title, texts[0], sizeof texts[0]),
             plot_quoted(which->from, texts[1], sizeof texts[1]),
             plot_quoted(which->to, texts[2], sizeof texts[2]),
             plot_quoted(which->footprint, texts[3], sizeof texts[3]), places,
             switch_highest(which));
    return plot_draw(settings, "tradeoff", base, reason);
}

/* ---- all of them ---- */

static bool has_memory(const struct group *group) {
    return group->plan->memory_rounds > 0;
}

static bool has_both(const struct group *group) {
    return has_memory(group) && group->plan->timed_rounds > 0;
}

/* Whether there are several workloads (controls do not count), and points to plot. */
static bool has_overall(const struct group *all) {
    struct point points[VARIANTS_MAX];
    size_t workloads = 0;
    for (size_t w = 0; w < all->plan->workload_count; w++)
        workloads += !all->plan->workloads[w].is_control;
    return workloads > 1 && overall_points(all, IDLE_DEAD, points) +
                                    overall_points(all, IDLE_COLLECT, points) >
                                0;
}

/* The plots of every group. */
static const struct {
    const char *name, *caption;
    plot_writer *writer;
    bool (*applies)(const struct group *group);
} kinds[] = {
    {"return", "footprint over idle time", write_return, has_memory},
    {"decomposition", "what the footprint consists of", write_decomposition, has_memory},
    {"tradeoff", "throughput against idle footprint", write_tradeoff, has_both},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int draw_group(const struct group *group, const char *folder, bool is_first,
                      struct reason *reason) {
    int error = 0;
    for (size_t k = 0; !error && k < KINDS; k++)
        if (kinds[k].applies(group))
            error = draw(group, folder, kinds[k].name, kinds[k].writer, reason);
    for (size_t k = 0; !error && k < plot_derived_count; k++) {
        const struct plot_kind *kind = &plot_derived_kinds[k];
        char base[PATH_MAX - 64];
        if (!kind->applies(group) || (kind->is_of_workload && !is_first))
            continue;
        plot_base(group, folder, kind->name, base, sizeof base);
        error = kind->draw(group, base, reason);
    }
    return error;
}

int plot_all(const struct summary *summary, const char *folder, struct reason *reason) {
    const struct plan *plan = &summary->result->plan;
    char plots[PATH_MAX];
    snprintf(plots, sizeof plots, "%s/" RESULT_PLOTS, folder);
    int error = file_make_directories(plots, reason);
    for (size_t t = 0; !error && t < plan->thread_counts; t++) {
        struct group all = {summary, plan, "", plan->threads[t]};
        if (has_overall(&all))
            error = draw(&all, folder, OVERALL, write_overall, reason);
    }
    for (size_t w = 0; !error && w < plan->workload_count; w++)
        for (size_t t = 0; !error && t < plan->thread_counts; t++) {
            struct group group = {summary, plan, plan->workloads[w].name,
                                  plan->threads[t]};
            error = draw_group(&group, folder, t == 0, reason);
        }
    return error;
}

static void link_one(const struct group *group, const char *name, const char *caption,
                     FILE *out) {
    bool together = !*group->workload;
    fprintf(out, "![%s, %u thread%s: %s](" RESULT_PLOTS "/%s%s%s-%u.png)\n",
            together ? "all workloads" : group->workload, REPORT_THREADS(group->threads),
            caption, name, together ? "" : "-", group->workload, group->threads);
}

/* The index of the plot that answers first: the trade-off or, without times, the first
 * kind. */
static size_t first_kind(const struct group *group) {
    return has_both(group) ? KINDS - 1 : 0;
}

/* Links the plots of a group, without the one that plot_link_first() has linked.
 * `of_workload`: with those that show all numbers of threads of a workload. */
static void link_group(const struct group *group, bool has_first, bool of_workload,
                       FILE *out) {
    for (size_t k = 0; k < KINDS; k++)
        if (kinds[k].applies(group) && !(has_first && k == first_kind(group)))
            link_one(group, kinds[k].name, kinds[k].caption, out);
    for (size_t k = 0; k < plot_derived_count; k++) {
        const struct plot_kind *kind = &plot_derived_kinds[k];
        if (kind->applies(group) && (of_workload || !kind->is_of_workload))
            link_one(group, kind->name, kind->caption, out);
    }
}

void plot_link_first(const struct summary *summary, FILE *out) {
    const struct plan *plan = &summary->result->plan;
    struct group all = {summary, plan, "", plan->threads[0]};
    struct group first = {summary, plan, plan->workloads[0].name, plan->threads[0]};
    size_t kind = first_kind(&first);
    if (has_overall(&all))
        link_one(&all, OVERALL, kinds[KINDS - 1].caption, out);
    else if (kinds[kind].applies(&first))
        link_one(&first, kinds[kind].name, kinds[kind].caption, out);
}

void plot_link_others(const struct summary *summary, FILE *out) {
    const struct plan *plan = &summary->result->plan;
    bool overall = has_overall(&(struct group){summary, plan, "", plan->threads[0]});
    for (size_t t = 1; t < plan->thread_counts; t++) {
        struct group all = {summary, plan, "", plan->threads[t]};
        if (has_overall(&all))
            link_one(&all, OVERALL, kinds[KINDS - 1].caption, out);
    }
    for (size_t w = 0; w < plan->workload_count; w++)
        for (size_t t = 0; t < plan->thread_counts; t++)
            link_group(
                &(struct group){summary, plan, plan->workloads[w].name, plan->threads[t]},
                !overall && w + t == 0, t == 0, out);
}
