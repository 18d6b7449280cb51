/* See plot.h. The looks are in scripts/plots; here are only the numbers. */
#include "plot.h"

#include <errno.h>
#include <limits.h>
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
#include "stats.h"

#define MIB (1024.0 * 1024.0)

/* A group and the idle driver of one panel. */
struct panel {
    const struct group *group;
    enum idle_driver idle;
};

/* The median over variants, so that one line stands for all (allocators' floors differ
 * little). */
static double middle(const struct group *f, bool with_floor) {
    double values[VARIANTS_MAX];
    size_t n = 0;
    for (size_t v = 0; v < f->plan->variants.count; v++)
        for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
            const struct summary_row *row =
                group_memory(f, &f->plan->variants.at[v], (enum idle_driver)idle);
            if (row && row->rounds && n < VARIANTS_MAX)
                values[n++] =
                    row->at[MEASURE_BASELINE] +
                    (with_floor ? row->at[MEASURE_FLOOR] : row->at[MEASURE_LIVE]);
        }
    return n ? stats_median(values, n) / MIB : 0;
}

/* The highest figure of any plot of this workload, so that its panels share one scale. */
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

/* One block for each variant: a title, then "seconds MiB"; blocks are two empty lines
 * apart. */
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

struct point {
    const char *name;
    double throughput, footprint; /* relative to the reference; MiB */
};

/* No other point is at least as fast and at least as small, and better in one. */
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

/* Block 0: every variant; block 1: the Pareto front, slowest first. */
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
        points[n++] = (struct point){
            variant->name, reference->at[MEASURE_TIME] / timed->at[MEASURE_TIME],
            row->at[MEASURE_FOOTPRINT] / MIB};
    }
    qsort(points, n, sizeof *points, by_throughput);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "\"%s\" %.4f %.3f\n", points[i].name, points[i].throughput,
                points[i].footprint);
    fputs("\n\n", out);
    for (size_t i = 0; i < n; i++)
        if (is_on_front(points, n, i))
            fprintf(out, "\"%s\" %.4f %.3f\n", points[i].name, points[i].throughput,
                    points[i].footprint);
    return n;
}

/* FOLDER/plots/KIND-WORKLOAD-THREADS, without an ending. */
static void plot_base(const struct group *group, const char *folder, const char *kind,
                      char *buffer, size_t size) {
    snprintf(buffer, size, "%s/" RESULT_PLOTS "/%s-%s-%u", folder, kind, group->workload,
             group->threads);
}

/* Both formats of one plot, from one data file for each idle driver. */
static int draw(const struct group *f, const char *folder, const char *kind,
                plot_writer *writer, struct reason *reason) {
    char base[PATH_MAX - 64], settings[PATH_MAX];
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
    snprintf(settings, sizeof settings,
             "workload='%s'; threads=%u; idle_s=%g; dead=%zu; collect=%zu; "
             "floor_mib=%g; live_mib=%g; top_mib=%g; reference='%s'",
             f->workload, f->threads, (double)f->plan->idle_ms / 1000, blocks[IDLE_DEAD],
             blocks[IDLE_COLLECT], middle(f, true), middle(f, false), highest(f),
             f->plan->reference);
    return plot_draw(settings, kind, base, reason);
}

/* ---- all of them ---- */

static bool has_memory(const struct group *group) {
    return group->plan->memory_rounds > 0;
}

static bool has_both(const struct group *group) {
    return has_memory(group) && group->plan->timed_rounds > 0;
}

/* Of every group. */
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
    int error = strchr(folder, '\'') ? -EINVAL : file_make_directories(plots, reason);
    if (error == -EINVAL)
        reason_set(reason,
                   "the folder %s has a quote in its name; plots need one without",
                   folder);
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
    fprintf(out, "![%s, %u threads: %s](" RESULT_PLOTS "/%s-%s-%u.png)\n",
            group->workload, group->threads, caption, name, group->workload,
            group->threads);
}

/* Throughput against footprint, or where there are no times the first that there is. */
static const char *first_kind(const struct group *group) {
    return has_both(group) ? "tradeoff" : kinds[0].name;
}

static void link_group(const struct group *group, bool first, bool of_workload,
                       FILE *out) {
    for (size_t k = 0; k < KINDS; k++)
        if (kinds[k].applies(group) &&
            (strcmp(kinds[k].name, first_kind(group)) == 0) == first)
            link_one(group, kinds[k].name, kinds[k].caption, out);
    for (size_t k = 0; !first && k < plot_derived_count; k++) {
        const struct plot_kind *kind = &plot_derived_kinds[k];
        if (kind->applies(group) && (of_workload || !kind->is_of_workload))
            link_one(group, kind->name, kind->caption, out);
    }
}

void plot_link(const struct summary *summary, bool first, FILE *out) {
    const struct plan *plan = &summary->result->plan;
    for (size_t w = 0; w < plan->workload_count; w++)
        for (size_t t = 0; t < plan->thread_counts; t++)
            link_group(
                &(struct group){summary, plan, plan->workloads[w].name, plan->threads[t]},
                first, t == 0, out);
}
