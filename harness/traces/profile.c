/* Walks over the calls twice: the first walk finds the peak, the second one counts. */
#include "profile.h"

#include <stdlib.h>

#include "heap.h"
#include "placement.h"
#include "trace.h"

enum { SHORT_LIFE = 128 };

const struct profile_life profile_lives[PROFILE_LIVES] = {
    {2, false},  {4, false},   {8, false},  {16, false}, {32, false},
    {64, false}, {128, false}, {10, true},  {30, true},  {100, true},
    {200, true}, {400, true},  {600, true}, {800, true}, {1000, true},
};

/* An object at the current call. */
struct object {
    uint64_t born; /* how many allocations came before it */
    uint32_t size;
    uint16_t thread;
    bool is_live;
};

/* What the walks need besides the profile. */
struct walk {
    const struct trace *trace;
    struct profile *profile;
    struct object *objects;
    struct placement *placement;
    struct profile_instants at;
    uint64_t allocations;    /* so far */
    struct profile_sum live; /* now */
    uint64_t *by_thread[2];  /* for each thread, its allocations; its frees */
};

static void add(struct profile_sum *sum, uint32_t size) {
    sum->objects++;
    sum->bytes += size;
}

static unsigned size_bucket(uint32_t size) {
    unsigned log2 = size <= 8 ? 3 : 32 - (unsigned)__builtin_clz(size - 1);
    return log2 - 3 < PROFILE_SIZES ? log2 - 3 : PROFILE_SIZES - 1;
}

static unsigned life_bucket(uint64_t life, uint64_t allocations) {
    for (unsigned i = 0; i < PROFILE_LIVES; i++)
        if (profile_lives[i].is_share ? life * 1000 < profile_lives[i].below * allocations
                                      : life < profile_lives[i].below)
            return i;
    return PROFILE_LIVES - 1;
}

struct profile_instants profile_find_instants(const struct trace *trace,
                                              bool before_idle) {
    uint32_t *sizes = heap_new(trace->objects, sizeof *sizes);
    struct profile_instants found = {.idle = trace->count};
    uint64_t live = 0;
    for (size_t i = 0; i < trace->count && !(before_idle && found.idle < i); i++) {
        const struct trace_record *record = &trace->records[i];
        if (record->op == TRACE_IDLE) {
            found.idle = i < found.idle ? i : found.idle;
            continue;
        }
        live += record->size - (uint64_t)sizes[record->object];
        sizes[record->object] = record->size; /* 0 of a free */
        if (live > found.peak_bytes) {
            found.peak_bytes = live;
            found.peak = i;
        }
    }
    free(sizes);
    return found;
}

enum profile_fate profile_fate_of(const struct profile_instants *instants, size_t at,
                                  uint64_t life) {
    return at > instants->idle    ? PROFILE_OUTLIVES
           : life <= SHORT_LIFE   ? PROFILE_SHORT
           : at <= instants->peak ? PROFILE_PHASE
                                  : PROFILE_BUILD;
}

static void list_sizes(const struct trace *trace, struct profile *profile) {
    for (size_t i = 0; i < trace->count; i++)
        if (trace_op_allocates(trace->records[i].op))
            profile->exact[profile->allocated.objects++] = trace->records[i].size;
}

static void count_allocation(struct walk *walk, const struct trace_record *record) {
    struct profile *profile = walk->profile;
    walk->objects[record->object] =
        (struct object){walk->allocations++, record->size, record->thread, true};
    add(&walk->live, record->size);
    profile->allocated.bytes += record->size;
    add(&profile->sizes[size_bucket(record->size)], record->size);
    if (record->op == TRACE_CALLOC)
        add(&profile->calloced, record->size);
    if (record->op == TRACE_ALIGNED || record->align_log2 > 4)
        add(&profile->aligned, record->size);
    walk->by_thread[0][record->thread]++;
}

static void count_fate(struct profile *profile, enum profile_fate fate, uint32_t size,
                       bool is_remote) {
    add(&profile->fates[fate], size);
    profile->fate_remote[fate] += is_remote;
}

static void count_free(struct walk *walk, const struct trace_record *record, size_t at) {
    struct profile *profile = walk->profile;
    struct object *object = &walk->objects[record->object];
    uint64_t life = (walk->allocations - object->born - 1) * profile->sample;
    bool is_remote = object->thread != record->thread;
    add(&profile->freed, object->size);
    if (is_remote)
        add(&profile->remote, object->size);
    profile->lives[life_bucket(life, profile->allocated.objects * profile->sample)]++;
    walk->by_thread[1][record->thread]++;
    walk->live.objects--;
    walk->live.bytes -= object->size;
    object->is_live = false;
    count_fate(profile, profile_fate_of(&walk->at, at, life), object->size, is_remote);
}

/* Counts one call, and until idle keeps its object's place in the model. */
static int count_call(struct walk *walk, size_t at) {
    const struct trace_record *record = &walk->trace->records[at];
    struct object *object = &walk->objects[record->object];
    struct placement *placement = at < walk->at.idle ? walk->placement : NULL;
    if (record->op == TRACE_FREE) {
        count_free(walk, record, at);
        if (placement)
            placement_take(placement, record->object);
        return 0;
    }
    if (record->op == TRACE_REALLOC) {
        walk->profile->reallocs++;
        walk->profile->growing += record->size > object->size;
        walk->live.bytes += record->size - (uint64_t)object->size;
        object->size = record->size;
        return placement ? placement_resize(placement, record->object, record->size) : 0;
    }
    count_allocation(walk, record);
    return placement ? placement_put(placement, record->object, record->size) : 0;
}

static int count_calls(struct walk *walk) {
    struct profile *profile = walk->profile;
    int error = 0;
    for (size_t i = 0, point = 0; !error && i < walk->trace->count; i++) {
        if (walk->trace->records[i].op == TRACE_IDLE)
            continue;
        error = count_call(walk, i);
        if (i == walk->at.peak)
            profile->peak = walk->live;
        if (i < walk->at.idle)
            profile->survivors = walk->live;
        while (point < PROFILE_POINTS &&
               (i + 1) * PROFILE_POINTS >= walk->at.idle * (point + 1))
            profile->live[point++] = walk->live.bytes;
    }
    return error;
}

static int compare_sizes(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

int profile_by_count(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left < right) - (left > right);
}

static void summarize(struct walk *walk) {
    struct profile *profile = walk->profile;
    uint32_t threads = walk->trace->threads;
    for (uint32_t i = 0; i < walk->trace->objects; i++)
        if (walk->objects[i].is_live) /* never freed */
            count_fate(profile, PROFILE_OUTLIVES, walk->objects[i].size, false);
    for (int what = 0; what < 2; what++)
        qsort(walk->by_thread[what], threads, sizeof **walk->by_thread, profile_by_count);
    for (uint32_t t = 0; t < threads && t < PROFILE_THREADS; t++) {
        profile->thread_allocations[t] = walk->by_thread[0][t];
        profile->thread_frees[t] = walk->by_thread[1][t];
    }
    qsort(profile->exact, profile->allocated.objects, sizeof *profile->exact,
          compare_sizes);
    for (unsigned i = 0; i < 3; i++) {
        static const unsigned shifts[] = {0, 4, 9};
        profile->pages[i] = placement_pages(walk->placement, shifts[i]);
    }
}

int profile_make(const struct trace *trace, struct profile *ret) {
    struct profile profile = {.records = trace->count, .sample = trace->sample};
    struct walk walk = {.trace = trace,
                        .profile = &profile,
                        .objects = heap_new(trace->objects, sizeof *walk.objects),
                        .placement = placement_create(trace->objects),
                        .at = profile_find_instants(trace, false)};
    profile.exact = heap_new(trace->count, sizeof *profile.exact);
    for (int what = 0; what < 2; what++)
        walk.by_thread[what] = heap_new(trace->threads, sizeof(uint64_t));
    list_sizes(trace, &profile);
    int error = count_calls(&walk);
    if (!error) {
        summarize(&walk);
        *ret = profile;
    } else {
        free(profile.exact);
    }
    free(walk.by_thread[0]);
    free(walk.by_thread[1]);
    placement_destroy(walk.placement);
    free(walk.objects);
    return error;
}

void profile_finish(struct profile *profile) {
    free(profile->exact);
    *profile = (struct profile){0};
}
