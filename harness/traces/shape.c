#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "heap.h"
#include "profile.h"
#include "trace.h"

enum {
    STAGES = 20, /* of equally many allocations */
    HALVES = 2 * STAGES,
    HALVES_APART = HALVES - 4, /* after it, bundle makes tables in even halves only */
    LARGE = 8192,              /* bytes; larger objects have lines of their own */
    LANES = 5,                 /* the busiest threads */
    BUCKETS = 32,
};

/* A size gets a line of its own if its share of the fate's objects is at least this.
 * Over-aligned sizes need less. */
#define EXACT_SHARE 0.012
#define EXACT_SHARE_ALIGNED 0.005

static const char *const fate_names[PROFILE_FATES] = {"SHORT", "PHASE", "BUILD", "CACHE"};

/* The life of one object. A time is the number of allocations until then. */
struct object {
    uint64_t born, freed, resized; /* resized: its last resize */
    uint32_t first, last, resizes; /* its first and last size; the number of resizes */
    uint16_t thread;
    uint8_t align_log2; /* 0: no more than malloc's own alignment */
    bool is_shrunk;     /* its last resize made it smaller */
    bool is_zeroed;     /* from calloc */
    enum profile_fate fate;
};

struct walk {
    const struct trace *trace;
    struct object *objects; /* in the order of their births */
    uint64_t count;
    struct profile_instants at;
    FILE *out;
};

/* ---- from calls to objects ---- */

static void begin_object(struct walk *walk, const struct trace_record *record) {
    uint64_t born = ++walk->count;
    walk->objects[born - 1] = (struct object){
        .born = born,
        .first = record->size,
        .last = record->size,
        .thread = record->thread,
        .align_log2 = record->align_log2 > 4 ? record->align_log2 : 0,
        .is_zeroed = record->op == TRACE_CALLOC,
        .fate = PROFILE_OUTLIVES,
    };
}

static void end_object(const struct walk *walk, struct object *object, size_t at) {
    object->freed = walk->count;
    uint64_t life = (object->freed - object->born) * walk->trace->sample;
    object->fate = profile_fate_of(&walk->at, at, life);
}

/* Lists all objects. The trace uses numbers again: `current` has the index in
 * `walk->objects` of the object that has a number now. */
static void list_objects(struct walk *walk, uint64_t *current) {
    for (size_t i = 0; i < walk->trace->count; i++) {
        const struct trace_record *record = &walk->trace->records[i];
        struct object *object = &walk->objects[current[record->object]];
        if (trace_op_allocates(record->op)) {
            current[record->object] = walk->count;
            begin_object(walk, record);
        } else if (record->op == TRACE_FREE) {
            end_object(walk, object, i);
        } else if (record->op == TRACE_REALLOC) {
            object->is_shrunk = record->size < object->last;
            object->last = record->size;
            object->resizes++;
            object->resized = walk->count;
        }
    }
}

/* ---- the lines ---- */

/* `count` as a share of `whole`, in units of 1 / `of_how_many`, rounded; 0 if `whole` is
 * 0. */
static long part(uint64_t count, uint64_t whole, double of_how_many) {
    return whole ? lrint(of_how_many * (double)count / (double)whole) : 0;
}

static void print_fates(const struct walk *walk) {
    for (int fate = 0; fate < PROFILE_FATES; fate++) {
        uint64_t all = 0, resized = 0, resizes = 0, shrunk = 0, zeroed = 0;
        for (uint64_t i = 0; i < walk->count; i++) {
            const struct object *object = &walk->objects[i];
            if ((int)object->fate != fate)
                continue;
            all++;
            resized += object->resizes > 0;
            resizes += object->resizes;
            shrunk += object->is_shrunk;
            zeroed += object->is_zeroed;
        }
        fprintf(walk->out, "FATE(%s, %ld, %ld, %ld, %ld)\n", fate_names[fate],
                part(resized, all, 1e4), part(resizes - resized, resizes, 100),
                part(shrunk, resized, 100), part(zeroed, all, 1e4));
    }
}

/* The stage in which an allocation lies; the first allocation is 1. */
static unsigned stage_of(const struct walk *walk, uint64_t allocations) {
    return (unsigned)((allocations - 1) * STAGES / walk->count);
}

struct stage {
    uint64_t all, fates[PROFILE_FATES], large[PROFILE_FATES];
    uint64_t near, next, soon; /* phase objects by when they are freed: within 1 % of all
                                  allocations; else, by the end of the next stage; by the
                                  end of the fifth stage after theirs */
};

static void print_stage(const struct walk *walk, const struct stage *stage) {
    uint64_t far = stage->fates[PROFILE_PHASE] - stage->near;
    fprintf(walk->out, "STAGE(");
    for (int fate = 0; fate < PROFILE_FATES; fate++)
        fprintf(walk->out, "%ld, ", part(stage->fates[fate], stage->all, 1e4));
    for (int fate = 0; fate < PROFILE_FATES; fate++)
        fprintf(walk->out, "%ld, ", part(stage->large[fate], stage->fates[fate], 1e4));
    fprintf(walk->out, "%ld, %ld, %ld)\n",
            part(stage->near, stage->fates[PROFILE_PHASE], 100),
            part(stage->next, far, 100), part(stage->soon, far, 100));
}

static void print_stages(const struct walk *walk) {
    struct stage stages[STAGES] = {0};
    for (uint64_t i = 0; i < walk->count; i++) {
        const struct object *object = &walk->objects[i];
        unsigned born = stage_of(walk, object->born);
        struct stage *stage = &stages[born];
        stage->all++;
        stage->fates[object->fate]++;
        stage->large[object->fate] += object->first > LARGE;
        if (object->fate != PROFILE_PHASE)
            continue;
        if ((object->freed - object->born) * 100 < walk->count) {
            stage->near++;
            continue;
        }
        unsigned freed = stage_of(walk, object->freed);
        stage->next += freed <= born + 1;
        stage->soon += freed <= born + 5;
    }
    for (int i = 0; i < STAGES; i++)
        print_stage(walk, &stages[i]);
}

/* Whether the object is a table, which has a line of its own. */
static bool is_table(const struct object *object) {
    return (object->fate == PROFILE_PHASE && object->last > 1 << 20) ||
           (object->fate == PROFILE_BUILD && object->last > 1 << 19);
}

/* A range of sizes with one alignment, and how many objects of a fate it has. */
struct row {
    uint32_t from, to; /* both included */
    uint64_t count;
    unsigned align_log2;
};

static int compare_rows(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->align_log2 > y->align_log2) - (x->align_log2 < y->align_log2);
}

/* Lists the objects of a fate, small or large ones, as sorted rows of one object each.
 * Leaves out tables and objects over 1 MiB. Returns how many rows. */
static size_t list_sizes(const struct walk *walk, enum profile_fate fate, bool is_large,
                         struct row *ret) {
    size_t n = 0;
    for (uint64_t i = 0; i < walk->count; i++) {
        const struct object *object = &walk->objects[i];
        if (object->fate == fate && (object->first > LARGE) == is_large &&
            object->first <= 1 << 20 && !is_table(object))
            ret[n++] = (struct row){object->first, object->first, 1, object->align_log2};
    }
    qsort(ret, n, sizeof *ret, compare_rows);
    return n;
}

/* A range within the bucket (2^(log2 - 1), 2^log2]. Its middle is the mean size of the
 * bucket's objects. */
static struct row range_of(unsigned log2, uint64_t count, uint64_t bytes) {
    double low = log2 == 3 ? 1 : (double)(1u << (log2 - 1)) + 1, high = 1u << log2;
    double mean = (double)bytes / (double)count;
    double from = low, to = high;
    if (mean > (low + high) / 2)
        from = fmax(low, nearbyint(2 * mean - high));
    else
        to = fmin(high, nearbyint(2 * mean - low));
    return (struct row){(uint32_t)from, (uint32_t)fmax(from, to), count, 0};
}

/* Groups rows of one object each: a frequent size becomes a row, the other sizes become a
 * row for each power of two. Returns how many rows. */
static size_t group_sizes(struct row *rows, size_t n) {
    uint64_t counts[BUCKETS] = {0}, bytes[BUCKETS] = {0};
    size_t groups = 0;
    for (size_t i = 0, next; i < n; i = next) {
        struct row row = rows[i];
        for (next = i; next < n && compare_rows(&rows[next], &row) == 0;)
            next++;
        row.count = next - i;
        double share = (double)row.count / (double)n;
        if (share >= (row.align_log2 ? EXACT_SHARE_ALIGNED : EXACT_SHARE)) {
            rows[groups++] = row; /* at or before i: already read */
            continue;
        }
        unsigned log2 = row.from <= 8 ? 3 : 32 - (unsigned)__builtin_clz(row.from - 1);
        counts[log2] += row.count;
        bytes[log2] += row.count * row.from;
    }
    for (unsigned log2 = 0; log2 < BUCKETS; log2++)
        if (counts[log2])
            rows[groups++] = range_of(log2, counts[log2], bytes[log2]);
    qsort(rows, groups, sizeof *rows, compare_rows);
    return groups;
}

static void print_sizes(const struct walk *walk, bool is_large, struct row *rows) {
    for (int fate = 0; fate < PROFILE_FATES; fate++) {
        size_t all = list_sizes(walk, (enum profile_fate)fate, is_large, rows);
        size_t groups = group_sizes(rows, all);
        for (size_t i = 0; i < groups; i++) {
            const struct row *row = &rows[i];
            long weight = part(row->count, all, 1e5);
            if (weight)
                fprintf(walk->out, "%s(%s, %u, %u, %ld, %u)\n",
                        is_large ? "LARGE" : "SMALL", fate_names[fate], row->from,
                        row->to, weight, row->align_log2);
        }
    }
}

/* The nearest half stage at which bundle makes tables. */
static unsigned half_of(const struct walk *walk, uint64_t allocations) {
    unsigned half =
        (unsigned)lrint((double)HALVES * (double)allocations / (double)walk->count);
    return half > HALVES_APART ? half + half % 2 : half;
}

static void print_tables(const struct walk *walk) {
    for (uint64_t i = 0; i < walk->count; i++) {
        const struct object *object = &walk->objects[i];
        unsigned from = half_of(walk, object->born);
        if (!is_table(object) || from >= HALVES)
            continue;
        unsigned until =
            object->fate == PROFILE_BUILD ? HALVES : half_of(walk, object->freed);
        if (until == from) /* the next half stage at which bundle makes tables */
            until += from >= HALVES_APART ? 2 : 1;
        fprintf(walk->out, "TABLE(%u, %u, %u, %u, %u)\n", from, until, object->last,
                object->resizes, object->resizes ? half_of(walk, object->resized) : from);
    }
}

static void print_lanes(const struct walk *walk) {
    uint64_t *threads = heap_new(walk->trace->threads + LANES, sizeof *threads);
    for (uint64_t i = 0; i < walk->count; i++)
        threads[walk->objects[i].thread]++;
    qsort(threads, walk->trace->threads, sizeof *threads, profile_by_count);
    for (int i = 0; i < LANES; i++)
        fprintf(walk->out, "LANE(%ld)\n", part(threads[i], walk->count, 1000));
    free(threads);
}

int shape_print(const struct trace *trace, FILE *out) {
    struct walk walk = {
        .trace = trace, .out = out, .at = profile_find_instants(trace, true)};
    if (walk.at.idle == trace->count)
        return -ENODATA;
    uint64_t *current = heap_new(trace->objects, sizeof *current);
    struct row *rows = heap_new(trace->count + BUCKETS, sizeof *rows);
    walk.objects = heap_new(trace->count + 1, sizeof *walk.objects);
    list_objects(&walk, current);
    print_fates(&walk);
    print_stages(&walk);
    print_sizes(&walk, false, rows);
    print_sizes(&walk, true, rows);
    print_tables(&walk);
    print_lanes(&walk);
    free(current);
    free(rows);
    free(walk.objects);
    return 0;
}
