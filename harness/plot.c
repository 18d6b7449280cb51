/* See plot.h. The looks are in scripts/plots; here are only the numbers. */
#include "plot.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "file.h"
#include "memcell.h"
#include "paths.h"
#include "reason.h"
#include "summary.h"

#define MIB (1024.0 * 1024.0)

/* One workload at one number of threads. */
struct figure {
    const struct summary *summary;
    const struct plan *plan;
    const char *workload;
    unsigned threads;
};

/* The A/A row is for the tables: in a plot it would hide the reference under itself. */
static bool is_drawn(const struct figure *f, const struct variant *variant) {
    return variant->status == VARIANT_OK && strcmp(variant->name, f->plan->again) != 0;
}

static const struct summary_memory *
memory_row(const struct figure *f, const struct variant *variant, enum idle_driver idle) {
    return summary_find_memory(f->summary, f->workload, variant->name, f->threads, idle);
}

/* The median over variants, so that one line stands for all (allocators' floors differ
 * little). */
static double middle(const struct figure *f, bool with_floor) {
    double values[VARIANTS_MAX];
    size_t n = 0;
    for (size_t v = 0; v < f->plan->variants.count; v++)
        for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
            const struct summary_memory *row =
                memory_row(f, &f->plan->variants.at[v], (enum idle_driver)idle);
            if (row && row->rounds && n < VARIANTS_MAX)
                values[n++] = row->baseline + (with_floor ? row->floor : row->live);
        }
    return n ? stats_median(values, n) / MIB : 0;
}

/* The highest figure of any plot of this workload, so that its panels share one scale. */
static double highest(const struct figure *f) {
    double most = 0;
    for (size_t v = 0; v < f->plan->variants.count; v++)
        for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
            const struct summary_memory *row =
                memory_row(f, &f->plan->variants.at[v], (enum idle_driver)idle);
            if (row && row->rounds && row->end > most)
                most = row->end;
            if (row && row->rounds && row->idle > most)
                most = row->idle;
        }
    return most / MIB;
}

/* One block for each variant: a title, then "seconds MiB"; blocks are two empty lines
 * apart. */
static size_t write_return(const struct figure *f, enum idle_driver idle, FILE *out) {
    size_t blocks = 0;
    for (size_t v = 0; v < f->plan->variants.count; v++) {
        const struct variant *variant = &f->plan->variants.at[v];
        const struct summary_memory *row = memory_row(f, variant, idle);
        if (!is_drawn(f, variant) || !row || row->rounds == 0)
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

static size_t write_decomposition(const struct figure *f, enum idle_driver idle,
                                  FILE *out) {
    size_t rows = 0;
    for (size_t v = 0; v < f->plan->variants.count; v++) {
        const struct variant *variant = &f->plan->variants.at[v];
        const struct summary_memory *row = memory_row(f, variant, idle);
        if (!is_drawn(f, variant) || !row || row->rounds == 0)
            continue;
        double retained = row->retained > 0 ? row->retained : 0;
        fprintf(out, "\"%s\" %.3f %.3f %.3f %.3f\n", variant->name, row->baseline / MIB,
                row->live / MIB, row->sparse / MIB, retained / MIB);
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
static size_t write_tradeoff(const struct figure *f, enum idle_driver idle, FILE *out) {
    struct point points[VARIANTS_MAX];
    size_t n = 0;
    const struct summary_timed *reference =
        summary_find_timed(f->summary, f->workload, f->plan->reference, f->threads);
    for (size_t v = 0; v < f->plan->variants.count; v++) {
        const struct variant *variant = &f->plan->variants.at[v];
        const struct summary_memory *row = memory_row(f, variant, idle);
        const struct summary_timed *timed =
            summary_find_timed(f->summary, f->workload, variant->name, f->threads);
        if (!is_drawn(f, variant) || !row || row->rounds == 0 || !timed ||
            timed->wall <= 0 || !reference || reference->wall <= 0)
            continue;
        points[n++] =
            (struct point){variant->name, reference->wall / timed->wall, row->idle / MIB};
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

typedef size_t data_writer(const struct figure *, enum idle_driver, FILE *);

/* Writes one data file; `ret_blocks` counts what is in it. */
static int write_data(const struct figure *f, const char *path, enum idle_driver idle,
                      data_writer *writer, size_t *ret_blocks, struct reason *reason) {
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out) {
        reason_set(reason, "out of memory while plotting");
        return -ENOMEM;
    }
    *ret_blocks = writer(f, idle, out);
    int error = fclose(out) == 0 ? file_replace(path, text, length, reason) : -ENOMEM;
    free(text);
    return error;
}

int plot_template(const char *template, const char *settings, const char *picture,
                  struct reason *reason) {
    char share[PATH_MAX - 64], script[PATH_MAX], with_share[3 * PATH_MAX], errors[400];
    int error = paths_in_build(share, sizeof share, "share/plots");
    if (error)
        return error;
    snprintf(script, sizeof script, "%s/%s.gp", share, template);
    snprintf(with_share, sizeof with_share, "share='%s'; %s", share, settings);
    char *argv[] = {"gnuplot", "-e", with_share, script, NULL};
    int code = capture_command(argv, 1, errors, sizeof errors);
    if (code == -ENOENT) {
        reason_set(reason,
                   "gnuplot is not installed; `make setup` installs it, or install "
                   "the package gnuplot-nox");
        return code;
    }
    if (code != 0) {
        errors[strcspn(errors, "\n")] = '\0';
        reason_set(reason, "gnuplot failed on %s: %s", picture, errors);
        return code < 0 ? code : -EIO;
    }
    return 0;
}

/* Both formats of one plot, from one data file for each idle driver. */
static int draw(const struct figure *f, const char *folder, const char *kind,
                data_writer *writer, struct reason *reason) {
    char base[PATH_MAX - 64];
    snprintf(base, sizeof base, "%s/" RESULT_PLOTS "/%s-%s-%u", folder, kind, f->workload,
             f->threads);
    size_t blocks[IDLE_DRIVERS] = {0};
    for (int idle = 0; idle < IDLE_DRIVERS; idle++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s-%s.dat", base,
                 plan_idle_name((enum idle_driver)idle));
        int error =
            write_data(f, path, (enum idle_driver)idle, writer, &blocks[idle], reason);
        if (error)
            return error;
    }
    if (blocks[IDLE_DEAD] + blocks[IDLE_COLLECT] == 0)
        return 0; /* nothing was measured: the report says so */
    static const char *const formats[] = {"svg", "png"};
    for (int i = 0; i < 2; i++) {
        char settings[2 * PATH_MAX];
        snprintf(settings, sizeof settings,
                 "base='%s'; format='%s'; workload='%s'; threads=%u; idle_s=%g; "
                 "dead=%zu; collect=%zu; floor_mib=%g; live_mib=%g; top_mib=%g; "
                 "reference='%s'",
                 base, formats[i], f->workload, f->threads,
                 (double)f->plan->idle_ms / 1000, blocks[IDLE_DEAD], blocks[IDLE_COLLECT],
                 middle(f, true), middle(f, false), highest(f), f->plan->reference);
        int error = plot_template(kind, settings, base, reason);
        if (error)
            return error;
    }
    return 0;
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
            struct figure figure = {summary, plan, plan->workloads[w].name,
                                    plan->threads[t]};
            error = draw(&figure, folder, "return", write_return, reason);
            if (!error)
                error =
                    draw(&figure, folder, "decomposition", write_decomposition, reason);
            if (!error && plan->timed_rounds)
                error = draw(&figure, folder, "tradeoff", write_tradeoff, reason);
        }
    return error;
}
