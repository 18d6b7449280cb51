#include "profile_figures.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "profile.h"

enum { EXACT = 14 }; /* sizes by allocations; half as many by bytes */

/* See profile_figures_differ(). */
#define HELD_PERCENT 5.0
#define TOLERANCE 0.25

__attribute__((format(printf, 5, 6))) static void put(struct profile_figures *figures,
                                                      const char *group,
                                                      enum figure_kind kind, double value,
                                                      const char *format, ...) {
    if (figures->count == FIGURES_MAX)
        return;
    struct profile_figure *figure = &figures->at[figures->count++];
    *figure = (struct profile_figure){.group = group, .kind = kind, .value = value};
    va_list args;
    va_start(args, format);
    vsnprintf(figure->name, sizeof figure->name, format, args);
    va_end(args);
}

/* 0 if `whole` is 0. */
static double percent(uint64_t part, uint64_t whole) {
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void put_totals(struct profile_figures *figures, const struct profile *p) {
    static const char group[] = "totals";
    put(figures, group, FIGURE_NUMBER, (double)p->records, "records");
    put(figures, group, FIGURE_NUMBER, (double)p->sample, "objects for each recorded");
    put(figures, group, FIGURE_NUMBER, (double)p->allocated.objects, "allocations");
    put(figures, group, FIGURE_NUMBER, (double)p->allocated.bytes / 1e6, "MB allocated");
    put(figures, group, FIGURE_NUMBER,
        (double)p->allocated.bytes / fmax(1, (double)p->allocated.objects),
        "mean size, B");
    put(figures, group, FIGURE_NUMBER, (double)p->peak.bytes / 1e6,
        "MB live at the peak");
    put(figures, group, FIGURE_NUMBER, (double)p->peak.objects, "objects at the peak");
    put(figures, group, FIGURE_NUMBER, (double)p->survivors.bytes / 1e6,
        "MB of survivors");
    put(figures, group, FIGURE_NUMBER, (double)p->survivors.objects, "survivors");
}

static void put_size_name(struct profile_figures *figures, const char *group,
                          unsigned bucket, double value) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    unsigned log2 = bucket + 3;
    put(figures, group, FIGURE_SHARE, value, "<= %u %s", 1u << log2 % 10,
        units[log2 / 10]);
}

static void put_sizes(struct profile_figures *figures, const struct profile *p) {
    for (unsigned b = 0; b < PROFILE_SIZES; b++)
        put_size_name(figures, "sizes, % of allocations", b,
                      percent(p->sizes[b].objects, p->allocated.objects));
    for (unsigned b = 0; b < PROFILE_SIZES; b++)
        put_size_name(figures, "sizes, % of bytes", b,
                      percent(p->sizes[b].bytes, p->allocated.bytes));
}

/* How many allocations have exactly this size, by binary search. */
static uint64_t count_exact(const struct profile *p, uint32_t size) {
    uint64_t bounds[2];
    for (uint32_t which = 0; which < 2; which++) {
        uint64_t low = 0, high = p->allocated.objects;
        while (low < high) {
            uint64_t middle = (low + high) / 2;
            if (p->exact[middle] < (uint64_t)size + which)
                low = middle + 1;
            else
                high = middle;
        }
        bounds[which] = low;
    }
    return bounds[1] - bounds[0];
}

/* The size with the most allocations (or bytes) that is not in `sizes` yet; 0 if none. */
static uint32_t next_frequent(const struct profile *p, const uint32_t *sizes, size_t n,
                              bool by_bytes) {
    uint64_t most = 0;
    uint32_t best = 0;
    for (uint64_t i = 0, next; i < p->allocated.objects; i = next) {
        uint32_t size = p->exact[i];
        for (next = i; next < p->allocated.objects && p->exact[next] == size;)
            next++;
        uint64_t weight = (next - i) * (by_bytes ? size : 1);
        bool is_listed = false;
        for (size_t k = 0; k < n; k++)
            is_listed |= sizes[k] == size;
        if (weight > most && !is_listed) {
            most = weight;
            best = size;
        }
    }
    return best;
}

static void put_exact(struct profile_figures *figures, const struct profile *p,
                      const struct profile *reference) {
    uint32_t sizes[EXACT];
    for (int by_bytes = 0; by_bytes < 2; by_bytes++)
        for (size_t n = 0; n < EXACT / (by_bytes ? 2 : 1); n++) {
            uint32_t size = sizes[n] = next_frequent(reference, sizes, n, by_bytes);
            uint64_t count = size ? count_exact(p, size) : 0;
            if (size && by_bytes)
                put(figures, "exact sizes, % of bytes", FIGURE_SHARE,
                    percent(count * size, p->allocated.bytes), "%u B", size);
            else if (size)
                put(figures, "exact sizes, % of allocations", FIGURE_SHARE,
                    percent(count, p->allocated.objects), "%u B", size);
        }
}

static void put_lives(struct profile_figures *figures, const struct profile *p,
                      uint64_t resolution) {
    static const char group[] = "lifetimes, % of frees";
    uint64_t sum = 0;
    for (unsigned b = 0; b < PROFILE_LIVES; b++) {
        const struct profile_life *life = &profile_lives[b];
        sum += p->lives[b];
        if (!life->is_share && life->below < resolution)
            continue;
        if (life->is_share)
            put(figures, group, FIGURE_SHARE, percent(sum, p->freed.objects),
                "< %g %% of the allocations", (double)life->below / 10);
        else
            put(figures, group, FIGURE_SHARE, percent(sum, p->freed.objects),
                "< %u allocations", (unsigned)life->below);
        sum = 0;
    }
}

static void put_fates(struct profile_figures *figures, const struct profile *p) {
    static const char *const names[PROFILE_FATES] = {
        [PROFILE_SHORT] = "short (<= 128 allocations)",
        [PROFILE_PHASE] = "phase (freed before the peak)",
        [PROFILE_BUILD] = "build (freed before idle)",
        [PROFILE_OUTLIVES] = "outlives the work",
    };
    struct profile_sum all = {0};
    for (int f = 0; f < PROFILE_FATES; f++) {
        all.objects += p->fates[f].objects;
        all.bytes += p->fates[f].bytes;
    }
    for (int f = 0; f < PROFILE_FATES; f++)
        put(figures, "fates, % of objects", FIGURE_SHARE,
            percent(p->fates[f].objects, all.objects), "%s", names[f]);
    for (int f = 0; f < PROFILE_FATES; f++)
        put(figures, "fates, % of bytes", FIGURE_SHARE,
            percent(p->fates[f].bytes, all.bytes), "%s", names[f]);
    for (int f = 0; f < PROFILE_FATES; f++)
        put(figures, "freed by another thread, % of the fate", FIGURE_SHARE,
            percent(p->fate_remote[f], p->fates[f].objects), "%s", names[f]);
}

static void put_shares(struct profile_figures *figures, const struct profile *p) {
    static const char group[] = "shares, %";
    put(figures, group, FIGURE_SHARE, percent(p->reallocs, p->allocated.objects),
        "reallocs for 100 allocations");
    put(figures, group, FIGURE_SHARE, percent(p->growing, p->reallocs),
        "of reallocs that grow");
    put(figures, group, FIGURE_SHARE, percent(p->calloced.objects, p->allocated.objects),
        "calloc, of allocations");
    put(figures, group, FIGURE_SHARE, percent(p->aligned.objects, p->allocated.objects),
        "alignment over 16, of allocations");
    put(figures, group, FIGURE_SHARE, percent(p->remote.objects, p->freed.objects),
        "remote, of frees");
    put(figures, group, FIGURE_SHARE, percent(p->remote.bytes, p->freed.bytes),
        "remote, of freed bytes");
}

static void put_threads(struct profile_figures *figures, const struct profile *p) {
    for (int t = 0; t < PROFILE_THREADS; t++)
        put(figures, "threads, % of allocations", FIGURE_SHARE,
            percent(p->thread_allocations[t], p->allocated.objects), "busiest %d", t + 1);
    for (int t = 0; t < PROFILE_THREADS; t++)
        put(figures, "threads, % of frees", FIGURE_SHARE,
            percent(p->thread_frees[t], p->freed.objects), "busiest %d", t + 1);
}

static void put_live(struct profile_figures *figures, const struct profile *p) {
    for (int i = 0; i < PROFILE_POINTS; i++)
        put(figures, "live bytes, % of the peak", FIGURE_SHARE,
            percent(p->live[i], p->peak.bytes), "after %d %% of the calls",
            (i + 1) * 100 / PROFILE_POINTS);
}

static void put_survivors(struct profile_figures *figures, const struct profile *p) {
    static const char group[] = "survivors";
    static const struct {
        const char *name;
        uint64_t size;
    } pages[] = {{"4 KiB", 4096}, {"64 KiB", 65536}, {"2 MiB", 2 << 20}};
    put(figures, group, FIGURE_SHARE, percent(p->survivors.bytes, p->peak.bytes),
        "bytes, %% of those at the peak");
    put(figures, group, FIGURE_SHARE, percent(p->survivors.objects, p->peak.objects),
        "objects, %% of those at the peak");
    for (int i = 0; i < 3; i++) {
        put(figures, group, FIGURE_NUMBER, (double)p->pages[i], "pages of %s pinned",
            pages[i].name);
        put(figures, group, FIGURE_SHARE,
            percent(p->survivors.bytes, p->pages[i] * pages[i].size),
            "live share of pinned %s pages, %%", pages[i].name);
    }
}

void profile_figures_list(const struct profile *profile, const struct profile *reference,
                          uint64_t resolution, struct profile_figures *ret) {
    ret->count = 0;
    put_totals(ret, profile);
    put_sizes(ret, profile);
    put_exact(ret, profile, reference);
    put_lives(ret, profile, resolution);
    put_fates(ret, profile);
    put_shares(ret, profile);
    put_threads(ret, profile);
    put_live(ret, profile);
    put_survivors(ret, profile);
}

bool profile_figures_differ(const struct profile_figure *reference,
                            const struct profile_figure *other) {
    return reference->kind == FIGURE_SHARE &&
           fmax(reference->value, other->value) > HELD_PERCENT &&
           fabs(other->value - reference->value) > TOLERANCE * reference->value;
}
