/*
 * replay: makes the calls of a recorded program (docs/trace.md) again, as fast as
 * possible; by default those of one real build of the bundler rolldown. What a synthetic
 * workload shows must also be seen here. If `bundle` ranks allocators differently,
 * `bundle` is wrong.
 *
 * The trace's threads are spread over the workers by their number of calls. If --threads
 * is at least the trace's own number (10), each has a worker to itself, as in the
 * program. Over all workers, the calls on an object keep their order, from its allocation
 * to its free (lifetimes.h): an object belongs to one worker at a time, which hands it on
 * if another worker makes the next call on it. No worker is ahead of the slowest by more
 * than a small part of the trace. So objects that were neighbours in the recorded program
 * are neighbours here.
 *
 * --scale replays a part of the objects, drawn from the seed, or several copies of each.
 * The trace decides what survives. A further build replays the trace again. It frees a
 * survivor of the build before when it allocates an object with the same number.
 */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "block.h"
#include "lifetimes.h"
#include "memory.h"
#include "rng.h"
#include "say.h"
#include "trace.h"
#include "workload.h"

enum {
    RUN_AHEAD = 32,   /* a worker waits if it is ahead by 1 / RUN_AHEAD of the trace */
    LOOK_EVERY = 128, /* calls at most; then a worker looks how far the others are */
    SPINS = 64,       /* looks; then a waiting worker yields the processor */
};

enum { TEARDOWN, PAUSES };

static struct option options[] = {
    [TEARDOWN] = {"teardown", 1, 0, 1,
                  "0 ends where the recorded program went idle, before it dropped its "
                  "results"},
    [PAUSES] = {"pauses", 0, 0, 1,
                "1 makes no call before its time in the recorded program"},
    {0},
};

static struct text_option input = {
    "input", "rolldown-build.trace",
    "the trace, a path; without a slash: one that came along"};

/* A call that a worker makes. */
struct call {
    uint32_t order; /* in the trace */
    uint32_t object;
    uint32_t size;
    uint32_t stamp; /* of heap.h; from the trace's own object number, not from `object` */
    uint8_t op;     /* enum trace_op */
    uint8_t align_log2;
    uint8_t next; /* the worker that makes the next call on the object */
};

/* Only the worker `owner` writes it. It hands the object on by storing another worker in
 * `owner` (release). */
struct object {
    struct block block;
    _Atomic uint32_t owner;
};

/* One worker's calls. `at` tells the others how far it is, in the trace's order. */
struct lane {
    struct call *calls;
    uint32_t *due_ms; /* by call, since the build began; NULL without pauses */
    size_t count, done;
    _Atomic uint32_t at;
    char padding[64];
};

static struct lane lanes[POOL_THREADS_MAX];
static unsigned lane_count;
static struct object *objects;
static size_t object_count;
static uint32_t peak,
    end;               /* live bytes are highest, the trace ends before these orders */
static uint32_t until; /* the workers stop before the call of this order */
static uint32_t stamp_base;
static struct timespec started; /* monotonic time at which the build started */

/* What setup() needs to turn the trace into calls. */
struct plan {
    struct trace trace;
    uint8_t *lane_of; /* the worker, by the trace's thread */
    uint32_t *first;  /* the first copy, by object; and one entry more, for the end */
    uint32_t *name;   /* by record: the first copy, by the trace's own object numbers */
    size_t calls;
};

static const char *input_path(char *buffer, size_t size) {
    if (strchr(input.value, '/'))
        return input.value;
    ssize_t length = readlink("/proc/self/exe", buffer, size - 1);
    for (int levels = 0; levels < 2 && length > 0; levels++)
        while (--length > 0 && buffer[length] != '/')
            ;
    static const char share[] = "/share/";
    if (length <= 0 || (size_t)length + sizeof share + strlen(input.value) > size)
        say_usage("cannot tell where %s is; give --input its path", input.value);
    memcpy(buffer + length, share, sizeof share);
    strcat(buffer, input.value);
    return buffer;
}

static void read_trace(struct trace *ret) {
    char buffer[4096];
    struct trace_fault fault;
    if (trace_read(input_path(buffer, sizeof buffer), TRACE_WHOLE, ret, &fault) < 0)
        say_usage("%s", fault.text);
    size_t idle = 0;
    while (idle < ret->count && ret->records[idle].op != TRACE_IDLE)
        idle++;
    if (options[TEARDOWN].value == 0) {
        if (idle == ret->count)
            say_usage("--teardown=0: %s does not say where its program went idle",
                      input.value);
        ret->count = idle;
    }
}

/* Gives each thread, the busiest first, to the worker with the fewest calls so far. */
static void spread_threads(struct plan *plan) {
    const struct trace *trace = &plan->trace;
    size_t bytes = trace->threads * sizeof(size_t), load[POOL_THREADS_MAX] = {0};
    size_t *calls = memory_map(bytes);
    for (size_t i = 0; i < trace->count; i++)
        calls[trace->records[i].thread]++;
    plan->lane_of = memory_map(trace->threads);
    for (uint32_t n = 0; n < trace->threads; n++) {
        uint32_t busiest = 0;
        unsigned lane = 0;
        for (uint32_t t = 1; t < trace->threads; t++)
            if (calls[t] > calls[busiest])
                busiest = t;
        if (calls[busiest] == 0)
            break; /* the rest makes no calls */
        for (unsigned l = 1; l < lane_count; l++)
            if (load[l] < load[lane])
                lane = l;
        plan->lane_of[busiest] = (uint8_t)lane;
        load[lane] += calls[busiest];
        calls[busiest] = 0;
    }
    memory_unmap(calls, bytes);
}

/* Draws the objects that get one copy more than the others: 1 for these, from
 * memory_map(). */
static uint8_t *draw_extras(const struct plan *plan, const struct run *run) {
    struct rng rng;
    rng_seed(&rng, run->seed);
    uint64_t below = (uint64_t)((run->scale - (uint32_t)run->scale) * (1 << 30));
    uint8_t *extra = memory_map(plan->trace.objects + (size_t)1);
    for (uint32_t i = 0; i < plan->trace.objects; i++)
        extra[i] = rng_below(&rng, 1 << 30) < below;
    return extra;
}

/* plan->first, from memory_map(): how many copies all objects before this one have. */
static uint32_t *number_copies(const struct plan *plan, const struct run *run,
                               const uint8_t *extra) {
    uint64_t sum = 0;
    uint32_t *first = memory_map((plan->trace.objects + (size_t)1) * sizeof *first);
    for (uint32_t i = 0; i < plan->trace.objects; i++) {
        first[i] = (uint32_t)sum;
        sum += (uint32_t)run->scale + extra[i];
    }
    if (sum > UINT32_MAX)
        say_usage("at --scale=%g the trace has too many objects", run->scale);
    first[plan->trace.objects] = (uint32_t)sum;
    return first;
}

static void unmap_numbers(const struct plan *plan, uint32_t *first) {
    memory_unmap(first, (plan->trace.objects + (size_t)1) * sizeof *first);
}

/* Fills plan->name, and unmaps `first`. Stamps come from the trace's own numbers, so the
 * checksum does not depend on the number of workers. */
static void name_records(struct plan *plan, uint32_t *first) {
    const struct trace *trace = &plan->trace;
    plan->name = memory_map((trace->count + 1) * sizeof *plan->name);
    for (size_t i = 0; i < trace->count; i++)
        if (trace->records[i].op != TRACE_IDLE)
            plan->name[i] = first[trace->records[i].object];
    unmap_numbers(plan, first);
}

static void number_objects(struct plan *plan, const struct run *run) {
    uint8_t *extra = draw_extras(plan, run);
    name_records(plan, number_copies(plan, run, extra));
    /* a free further back than this is done: no worker is so far behind */
    extra = lifetimes_separate(&plan->trace, plan->lane_of, lane_count,
                               2 * (end / RUN_AHEAD), extra);
    plan->first = number_copies(plan, run, extra);
    object_count = plan->first[plan->trace.objects];
    memory_unmap(extra, plan->trace.objects + (size_t)1);
}

static uint32_t copies_of(const struct plan *plan, const struct trace_record *record) {
    return record->op == TRACE_IDLE
               ? 0
               : plan->first[record->object + 1] - plan->first[record->object];
}

/* Counts the calls of each worker, and finds where live bytes are highest. */
static void measure(struct plan *plan) {
    const struct trace *trace = &plan->trace;
    size_t bytes = trace->objects * sizeof(uint32_t);
    uint32_t *sizes = memory_map(bytes);
    int64_t live = 0, most = -1;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_record *record = &trace->records[i];
        uint32_t copies = copies_of(plan, record);
        if (copies == 0)
            continue;
        live += ((int64_t)record->size - sizes[record->object]) * copies;
        sizes[record->object] = record->size; /* 0 for a free */
        lanes[plan->lane_of[record->thread]].count += copies;
        if (live > most) {
            most = live;
            peak = (uint32_t)i + 1;
        }
    }
    memory_unmap(sizes, bytes);
}

/*
 * Lays out the calls from the last to the first, because each needs the worker of the
 * next call on the same object. After an object's last call comes its first call of the
 * next build. So at the end of a build each object belongs to the worker that needs it
 * first.
 */
static void lay_out_calls(struct plan *plan) {
    const struct trace *trace = &plan->trace;
    uint8_t *next = memory_map(trace->objects);
    for (unsigned l = 0; l < lane_count; l++) {
        lanes[l].calls = memory_map(lanes[l].count * sizeof *lanes[l].calls);
        if (options[PAUSES].value == 1)
            lanes[l].due_ms = memory_map(lanes[l].count * sizeof *lanes[l].due_ms);
    }
    for (size_t i = trace->count; i-- > 0;)
        if (copies_of(plan, &trace->records[i]))
            next[trace->records[i].object] = plan->lane_of[trace->records[i].thread];
    for (uint32_t i = 0; i < trace->objects; i++)
        for (uint32_t k = plan->first[i]; k < plan->first[i + 1]; k++)
            objects[k].owner = next[i];
    for (unsigned l = 0; l < lane_count; l++)
        lanes[l].done = lanes[l].count;
    for (size_t i = trace->count; i-- > 0;) {
        const struct trace_record *record = &trace->records[i];
        uint32_t copies = copies_of(plan, record);
        uint8_t lane = plan->lane_of[record->thread];
        for (uint32_t k = copies; k-- > 0;) {
            lanes[lane].calls[--lanes[lane].done] =
                (struct call){.order = (uint32_t)i,
                              .object = plan->first[record->object] + k,
                              .size = record->size ? record->size : 1, /* never 0 */
                              .stamp = (plan->name[i] + k) * 31,
                              .op = record->op,
                              .align_log2 = record->align_log2,
                              .next = next[record->object]};
            if (lanes[lane].due_ms)
                lanes[lane].due_ms[lanes[lane].done] =
                    (uint32_t)(record->time_ns / 1000000);
        }
        if (copies)
            next[record->object] = lane;
    }
    memory_unmap(next, trace->objects);
}

static void setup(const struct run *run) {
    struct plan plan = {0};
    lane_count = run->threads;
    read_trace(&plan.trace);
    if (plan.trace.count > UINT32_MAX)
        say_usage("%s has too many records", input.value);
    end = (uint32_t)plan.trace.count;
    spread_threads(&plan);
    number_objects(&plan, run);
    objects = memory_map(object_count * sizeof *objects);
    measure(&plan);
    lay_out_calls(&plan);
    unmap_numbers(&plan, plan.first);
    memory_unmap(plan.name, (plan.trace.count + 1) * sizeof *plan.name);
    memory_unmap(plan.lane_of, plan.trace.threads);
    trace_free(&plan.trace);
}

static void look_again(unsigned looks) {
    if (looks >= SPINS)
        sched_yield();
}

static void wait_for_object(struct object *object, unsigned lane) {
    /* acquire: pairs with the release in make_call(), which makes the block visible */
    for (unsigned looks = 0;
         atomic_load_explicit(&object->owner, memory_order_acquire) != lane; looks++)
        look_again(looks);
}

/*
 * Waits while another worker is far behind. The worker that is furthest behind never
 * waits, neither here nor for an object, so there is no deadlock. Relaxed: `at` only
 * grows, so a stale value only makes the wait longer.
 */
static void wait_for_others(uint32_t order) {
    uint32_t at_least = order > end / RUN_AHEAD ? order - end / RUN_AHEAD : 0;
    for (unsigned l = 0; l < lane_count; l++)
        for (unsigned looks = 0;
             atomic_load_explicit(&lanes[l].at, memory_order_relaxed) < at_least; looks++)
            look_again(looks);
}

static void allocate(const struct call *call, struct block *block) {
    block_free(block); /* the survivor of the build before, if there is one */
    uint32_t stamp = stamp_base + call->stamp;
    void *memory;
    if (call->op == TRACE_CALLOC)
        memory = heap_alloc_zeroed(call->size, stamp);
    else if (call->op == TRACE_ALIGNED)
        memory =
            heap_alloc_aligned((size_t)1 << (call->align_log2 < 3 ? 3 : call->align_log2),
                               call->size, stamp);
    else
        memory = heap_alloc(call->size, stamp);
    *block = (struct block){memory, call->size, stamp};
}

static void make_call(const struct call *call, unsigned lane) {
    struct object *object = &objects[call->object];
    struct block *block = &object->block;
    wait_for_object(object, lane);
    if (call->op == TRACE_FREE) {
        block_free(block);
    } else if (call->op == TRACE_REALLOC) {
        block->memory = heap_resize(block->memory, block->size, call->size, block->stamp);
        block->size = call->size;
    } else {
        allocate(call, block);
    }
    if (call->next != lane)
        /* release: pairs with the acquire in wait_for_object() */
        atomic_store_explicit(&object->owner, call->next, memory_order_release);
}

/* Waits until a call is due. Does not wait if the call is late, or due in the same
 * millisecond as the last one. */
static void wait_until_due(uint32_t due_ms, uint32_t *last_ms) {
    if (due_ms <= *last_ms)
        return;
    *last_ms = due_ms;
    long ns = started.tv_nsec + due_ms % 1000 * 1000000L;
    struct timespec due = {.tv_sec = started.tv_sec + due_ms / 1000 + ns / 1000000000,
                           .tv_nsec = ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void run_lane(void *context, unsigned worker) {
    (void)context;
    struct lane *lane = &lanes[worker];
    uint32_t last_ms = 0, looked_at = 0;
    for (; lane->done < lane->count; lane->done++) {
        const struct call *call = &lane->calls[lane->done];
        if (call->order >= until)
            break;
        atomic_store_explicit(&lane->at, call->order, memory_order_relaxed);
        if (lane->due_ms)
            wait_until_due(lane->due_ms[lane->done], &last_ms);
        if (lane->done % LOOK_EVERY == 0 ||
            call->order - looked_at > end / RUN_AHEAD / 4) {
            wait_for_others(call->order);
            looked_at = call->order;
        }
        make_call(call, worker);
    }
    atomic_store_explicit(&lane->at, UINT32_MAX, memory_order_relaxed);
}

/* Lets all workers go on, up to the call before this order. */
static void run_until(const struct run *run, uint32_t order) {
    until = order;
    for (unsigned l = 0; l < lane_count; l++)
        atomic_store_explicit(&lanes[l].at, 0, memory_order_relaxed);
    pool_each_worker(run->pool, run_lane, NULL);
}

static void build(const struct run *run) {
    stamp_base = (uint32_t)run->seed * 7 + run->build;
    for (unsigned l = 0; l < lane_count; l++)
        lanes[l].done = 0;
    clock_gettime(CLOCK_MONOTONIC, &started);
    run_until(run, peak);
    run_peak(run);
    run_until(run, end);
}

static void visit(block_visitor *visitor, void *context) {
    for (size_t i = 0; i < object_count; i++)
        block_visit_all(&objects[i].block, 1, visitor, context);
}

const struct workload wl_replay = {
    .name = "replay",
    .builds = 1,
    .options = options,
    .text = &input,
    .setup = setup,
    .build = build,
    .visit = visit,
};
